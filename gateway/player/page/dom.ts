/**
 * Elements without markup: everything a user or a file's tags wrote becomes text or an attribute, never HTML, so a title
 * cannot bring a script along. There is no innerHTML in this page.
 */

export type Child = Node | string | null | false | undefined;

export interface Props {
  readonly class?: string;
  readonly text?: string;
  readonly title?: string;
  readonly attrs?: Readonly<Record<string, string | null>>;
  readonly on?: Readonly<Record<string, (event: Event) => void>>;
}

export function el<K extends keyof HTMLElementTagNameMap>(name: K, props: Props = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  if (props.class !== undefined) element.className = props.class;
  if (props.text !== undefined) element.textContent = props.text;
  if (props.title !== undefined) element.title = props.title;
  for (const [attribute, value] of Object.entries(props.attrs ?? {})) if (value !== null) element.setAttribute(attribute, value);
  for (const [event, listener] of Object.entries(props.on ?? {})) element.addEventListener(event, listener);
  element.append(...children.filter((child) => child !== null && child !== false && child !== undefined));
  return element;
}

/** A button with an icon; `label` is what it does, for those who do not see the icon. */
export function iconButton(name: IconName, label: string, press: () => void, className: string = ""): HTMLButtonElement {
  return el("button", { class: `icon-button ${className}`, title: label, attrs: { type: "button", "aria-label": label }, on: { click: press } }, icon(name));
}

export function link(href: string, text: string, className: string = "link"): HTMLAnchorElement {
  return el("a", { class: className, text, attrs: { href } });
}

/** Children joined by a separator. */
export function separated(children: readonly Node[], separator: string): Node[] {
  return children.flatMap((child, index) => (index === 0 ? [child] : [document.createTextNode(separator), child]));
}

/** A switch with what it means; `set` shows what is so without calling `change`. */
export function toggleSwitch(label: string, hint: string, change: (on: boolean) => void): { readonly element: HTMLElement; set(on: boolean): void } {
  const input = el("input", { class: "switch", attrs: { type: "checkbox", role: "switch" } });
  input.addEventListener("change", () => change(input.checked));
  return {
    element: el("label", { class: "switch-row" }, el("span", { class: "switch-text" }, el("span", { class: "switch-label", text: label }), el("small", { text: hint })), input),
    set: (on) => {
      input.checked = on;
    },
  };
}

/** Whether the text is in the clipboard now. Browsers refuse on pages without HTTPS. */
export async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

const paths = {
  play: "M7 4.5v15a1 1 0 0 0 1.53.85l12-7.5a1 1 0 0 0 0-1.7l-12-7.5A1 1 0 0 0 7 4.5z",
  pause: "M6 4h4a1 1 0 0 1 1 1v14a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1zm8 0h4a1 1 0 0 1 1 1v14a1 1 0 0 1-1 1h-4a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1z",
  next: "M5 5.2v13.6a1 1 0 0 0 1.55.83L16 13.3V19a1 1 0 1 0 2 0V5a1 1 0 1 0-2 0v5.7L6.55 4.37A1 1 0 0 0 5 5.2z",
  previous: "M19 5.2v13.6a1 1 0 0 1-1.55.83L8 13.3V19a1 1 0 1 1-2 0V5a1 1 0 1 1 2 0v5.7l9.45-6.33A1 1 0 0 1 19 5.2z",
  shuffle: "M17 3.6 21.4 8 17 12.4V9.5h-1.6c-1 0-2 .5-2.5 1.4L9.6 16A5 5 0 0 1 5.4 18.500H3v-3h2.400c.7 0 1.300-.4 1.700-.9l3.300-5.200a5 5 0 0 1 4.200-2.400H17zM3 6.500h2.400a5 5 0 0 1 4 2l-1.700 2.700-.6-.8a2 2 0 0 0-1.700-.9H3zm14 5.100 4.400 4.400-4.400 4.400v-2.900h-1.600a5 5 0 0 1-3.700-1.700l1.800-2.700.3.500c.4.600 1 .900 1.600.900H17z",
  volume: "M4 9v6h4l5 4.500v-15L8 9zm12.200-1.700-1.100 1.700a3.500 3.500 0 0 1 0 6l1.100 1.700a5.500 5.500 0 0 0 0-9.400zm2.200-3.400-1.100 1.700a7.500 7.500 0 0 1 0 12.800l1.100 1.700a9.500 9.500 0 0 0 0-16.200z",
  muted: "M4 9v6h4l5 4.500v-15L8 9zm17.700.7-1.400-1.400-2.300 2.300-2.300-2.300-1.400 1.400 2.300 2.300-2.300 2.300 1.400 1.400 2.300-2.300 2.300 2.300 1.400-1.400-2.300-2.300z",
  queue: "M3 6h18v2H3zm0 5h18v2H3zm0 5h11v2H3zm14 0 5 3-5 3z",
  search: "M10.500 3a7.500 7.500 0 0 1 5.900 12.100l4.300 4.300-1.400 1.400-4.300-4.300A7.500 7.500 0 1 1 10.500 3zm0 2a5.500 5.500 0 1 0 0 11 5.500 5.500 0 0 0 0-11z",
  close: "M6.400 5 12 10.600 17.600 5 19 6.400 13.400 12l5.600 5.600-1.400 1.400-5.600-5.600L6.400 19 5 17.600l5.600-5.600L5 6.400z",
  playNext: "M3 5h18v2H3zm0 5h9v2H3zm0 5h9v2H3zm12-4 6 4-6 4z",
  add: "M11 5h2v6h6v2h-6v6h-2v-6H5v-2h6z",
  leave: "M5 4h8v2H7v12h6v2H5zm11.600 3.600L21 12l-4.400 4.400-1.400-1.400 2-2H10v-2h7.200l-2-2z",
  level: "M4 10h2v4H4zm4-4h2v12H8zm4 2h2v8h-2zm4-4h2v16h-2zm4 6h2v4h-2z",
  repeat: "M7 7h10v2.500L21.500 6 17 2.500V5H5v6h2zm10 10H7v-2.500L2.500 18 7 21.500V19h12v-6h-2z",
  repeatOne: "M7 7h10v2.500L21.500 6 17 2.500V5H5v6h2zm10 10H7v-2.500L2.500 18 7 21.500V19h12v-6h-2zm-4.200-2V9.200h-1.300l-2 1.100.5 1.200 1.200-.6V15z",
  devices: "M4 5h15a1 1 0 0 1 1 1v1h-2V7H5v8h7v2H2v-2h1V6a1 1 0 0 1 1-1zm11 4h6a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-6a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1zm3 1.800a1.200 1.200 0 1 0 0 2.400 1.200 1.200 0 0 0 0-2.400zm0 3.400a2.200 2.200 0 1 0 0 4.400 2.200 2.200 0 0 0 0-4.400z",
  phone: "M8 2h8a2 2 0 0 1 2 2v16a2 2 0 0 1-2 2H8a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2zm0 3v13h8V5zm4 14.200a.9.9 0 1 0 0 1.800.9.9 0 0 0 0-1.800z",
  laptop: "M5 5h14a1 1 0 0 1 1 1v10H4V6a1 1 0 0 1 1-1zm1 2v7h12V7zM2 17h20v2H2z",
  speaker: "M7 2h10a2 2 0 0 1 2 2v16a2 2 0 0 1-2 2H7a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2zm5 3a1.500 1.500 0 1 0 0 3 1.500 1.500 0 0 0 0-3zm0 5a4.500 4.500 0 1 0 0 9 4.500 4.500 0 0 0 0-9zm0 2.500a2 2 0 1 1 0 4 2 2 0 0 1 0-4z",
  friends: "M9 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8zm0 10c3.900 0 7 2 7 4.500V20H2v-1.500C2 16 5.100 14 9 14zm7-9.800a3.500 3.500 0 0 1 0 6.800 6 6 0 0 0 0-6.800zm1.500 10.100c2.700.5 4.500 2.100 4.500 4.200V20h-4v-1.500c0-1.600-.6-3-1.700-4.100z",
  together: "M12 4a8 8 0 0 1 8 8v6a2 2 0 0 1-2 2h-1a1 1 0 0 1-1-1v-5a1 1 0 0 1 1-1h1v-1a6 6 0 0 0-12 0v1h1a1 1 0 0 1 1 1v5a1 1 0 0 1-1 1H6a2 2 0 0 1-2-2v-6a8 8 0 0 1 8-8z",
  copy: "M9 3h9a2 2 0 0 1 2 2v11h-2V5H9zM6 7h8a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V9a2 2 0 0 1 2-2zm0 2v10h8V9z",
  pen: "M16.800 3.600a1.500 1.500 0 0 1 2.100 0l1.500 1.500a1.500 1.500 0 0 1 0 2.100L9 18.600 4 20l1.400-5zm-9.700 12.400-.5 1.400 1.400-.5L17 8l-1-1z",
  crown: "M4 7l4 4 4-6 4 6 4-4-1.500 10h-13zm1.700 12h12.600v2H5.700z",
  note: "M19 3v12.500a3.500 3.500 0 1 1-2-3.150V7.500L10 9v8.500a3.500 3.500 0 1 1-2-3.150V6z",
} as const;

export type IconName = keyof typeof paths;

const svg = "http://www.w3.org/2000/svg";

export function icon(name: IconName): SVGSVGElement {
  const root = document.createElementNS(svg, "svg");
  root.setAttribute("viewBox", "0 0 24 24");
  root.setAttribute("aria-hidden", "true");
  root.classList.add("icon");
  const path = document.createElementNS(svg, "path");
  path.setAttribute("d", paths[name]);
  root.append(path);
  return root;
}
