/** Log in, or create an account. */
import { ApiError, type ApiClient } from "../../../client/index.ts";
import { sentence } from "./context.ts";
import { countries, regionOf } from "./countries.ts";
import { el } from "./dom.ts";

/** `done` is called once the login is kept. `notice` says why a login is needed again. */
export function loginScreen(api: ApiClient, done: () => void, notice: string | null): HTMLElement {
  const host = el("div", { class: "login" });
  const show = (mode: Mode) => host.replaceChildren(form(api, mode, () => show(mode === "login" ? "register" : "login"), done, notice));
  show("login");
  return host;
}

type Mode = "login" | "register";

function form(api: ApiClient, mode: Mode, change: () => void, done: () => void, notice: string | null): HTMLElement {
  const creating = mode === "register";
  const username = field("Name", el("input", { attrs: { name: "username", autocomplete: "username", required: "", minlength: "3", maxlength: "32", autocapitalize: "none", spellcheck: "false" } }));
  const password = field("Password", el("input", { attrs: { name: "password", type: "password", autocomplete: creating ? "new-password" : "current-password", required: "", ...(creating ? { minlength: "8" } : {}), maxlength: "256" } }), creating ? "At least 8 characters." : undefined);
  const region = regionOf(navigator.language);
  const country = el("select", { attrs: { name: "country", autocomplete: "country", required: "" } }, el("option", { text: "Choose…", attrs: { value: "" } }), ...countries(navigator.language).map(({ code, name }) => el("option", { text: name, attrs: { value: code, ...(code === region ? { selected: "" } : {}) } })));
  const problem = el("p", { class: "problem", attrs: { role: "alert" } });
  const submit = el("button", { class: "button primary wide", text: creating ? "Create account" : "Log in", attrs: { type: "submit" } });
  const element = el(
    "form",
    { class: "login-card", attrs: { "aria-labelledby": "login-title", novalidate: "" } },
    el("div", { class: "brand big" }, mark(), "Ensemble"),
    el("h1", { text: creating ? "Create your account" : "Welcome back", attrs: { id: "login-title" } }),
    notice === null || creating ? null : el("p", { class: "notice", text: notice }),
    username.row,
    password.row,
    creating ? field("Country", country, "Decides which music may be played where you are.").row : null,
    problem,
    submit,
    el("p", { class: "login-other" }, creating ? "You have an account? " : "New here? ", el("button", { class: "text-button", text: creating ? "Log in" : "Create an account", attrs: { type: "button" }, on: { click: change } })),
  );
  const send = async () => {
    submit.disabled = true;
    problem.textContent = "";
    const credentials = { username: username.input.value.trim(), password: password.input.value };
    try {
      await (creating ? api.register({ ...credentials, country: country.value }) : api.login(credentials));
      done();
    } catch (error) {
      problem.textContent = sentence(error);
      if (error instanceof ApiError && error.status === 401) password.input.select();
    } finally {
      submit.disabled = false;
    }
  };
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    const missing = [username.input, password.input, ...(creating ? [country] : [])].find((input) => !input.checkValidity());
    if (missing !== undefined) {
      problem.textContent = missing.validationMessage;
      missing.focus();
      return;
    }
    void send();
  });
  queueMicrotask(() => username.input.focus());
  return element;
}

function field<T extends HTMLElement>(name: string, input: T, hint?: string): { row: HTMLElement; input: T } {
  const id = `field-${input.getAttribute("name") ?? name}`;
  input.id = id;
  if (hint !== undefined) input.setAttribute("aria-describedby", `${id}-hint`);
  const row = el("div", { class: "field" }, el("label", { text: name, attrs: { for: id } }), input, hint === undefined ? null : el("small", { text: hint, attrs: { id: `${id}-hint` } }));
  return { input, row };
}

/** The sign of the product. */
export function mark(): HTMLElement {
  return el("span", { class: "mark", attrs: { "aria-hidden": "true" } }, el("i"), el("i"), el("i"), el("i"));
}
