/** Keys: space plays and pauses, arrows seek and change the volume, shift and arrows skip, "/" searches. Never while something is typed. */
import type { Listening } from "./listening.ts";

export function connectKeyboard(player: () => Listening | null, search: () => HTMLInputElement | null): void {
  // A button pressed with the mouse does not keep the focus: after a click on an album's "Play", the space bar means pause.
  document.addEventListener("click", ({ detail, target }) => {
    if (detail > 0 && target instanceof Element) target.closest<HTMLElement>("button")?.blur();
  });
  document.addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement;
    if (event.defaultPrevented || event.altKey) return;
    if ((event.key === "k" && (event.ctrlKey || event.metaKey)) || (event.key === "/" && !typing(target))) {
      event.preventDefault();
      search()?.focus();
      search()?.select();
      return;
    }
    if (event.ctrlKey || event.metaKey || typing(target)) return;
    // Sliders take the arrows themselves, focused buttons and links the space bar.
    if (event.key === " " ? target.closest("button, a") !== null : target.closest("input") !== null) return;
    const listening = player();
    if (listening !== null && act(listening, event)) event.preventDefault();
  });
}

function act(player: Listening, { key, shiftKey }: KeyboardEvent): boolean {
  switch (key) {
    case " ":
      player.toggle();
      return true;
    case "ArrowLeft":
      if (shiftKey) player.previous();
      else player.seek(player.positionMs - 5_000);
      return true;
    case "ArrowRight":
      if (shiftKey) player.next();
      else player.seek(player.positionMs + 5_000);
      return true;
    case "ArrowUp":
      player.setVolume(player.state.volume + 0.05);
      return true;
    case "ArrowDown":
      player.setVolume(player.state.volume - 0.05);
      return true;
    default:
      return false;
  }
}

function typing(target: HTMLElement): boolean {
  return target.closest("input:not([type=range]), select, textarea, [contenteditable]") !== null;
}
