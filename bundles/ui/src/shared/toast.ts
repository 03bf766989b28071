import "./toast.css";
import { say } from "./say.ts";

export interface ToastAction {
  label: string;
  run: () => void;
}

const MOST = 3;
let place: HTMLElement | undefined;

/**
 * Shows short news at the edge of the page for some seconds, and says it. It stays while the pointer or the focus is on
 * it. Call the answer to take it away before.
 */
export function toast(text: string, action?: ToastAction, seconds = 10): () => void {
  if (!place) {
    place = document.createElement("section");
    place.className = "nx-toasts";
    place.setAttribute("aria-label", "News");
    document.body.append(place);
  }
  const line = document.createElement("div");
  line.className = "nx-toast";
  const words = document.createElement("span");
  words.textContent = text;
  line.append(words);
  let timer: ReturnType<typeof setTimeout>;
  const away = () => {
    clearTimeout(timer);
    line.remove();
  };
  if (action) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn small";
    button.textContent = action.label;
    button.addEventListener("click", () => {
      away();
      action.run();
    });
    line.append(button);
  }
  const count = () => {
    clearTimeout(timer);
    timer = setTimeout(away, seconds * 1000);
  };
  const stay = () => clearTimeout(timer);
  line.addEventListener("pointerenter", stay);
  line.addEventListener("focusin", stay);
  line.addEventListener("pointerleave", count);
  line.addEventListener("focusout", count);
  place.append(line);
  while (place.children.length > MOST) {
    place.firstElementChild!.remove();
  }
  count();
  say(action ? `${text} ${action.label} is available.` : text);
  return away;
}
