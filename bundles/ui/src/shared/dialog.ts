import "./dialog.css";
import { html, nothing, render, type TemplateResult } from "lit";
import { iconClose } from "./icon.ts";

export interface Question {
  title: string;
  /** What will happen. */
  text: string | TemplateResult;
  /** The verb that does it. */
  yes: string;
  no?: string;
}

/** Asks a question on top of the page. False when it is dismissed. The focus returns to where it was. */
export function ask(question: Question): Promise<boolean> {
  return new Promise((resolve) => {
    const dialog = openDialog(
      "",
      html`
        <div class="head"><h2 id="dialog-title">${question.title}</h2></div>
        <div class="in"><p>${question.text}</p></div>
        <form class="end" method="dialog">
          <button class="btn" value="no">${question.no ?? "Cancel"}</button>
          <button class="btn main" value="yes">${question.yes}</button>
        </form>
      `,
    );
    dialog.setAttribute("role", "alertdialog");
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"));
  });
}

/** Shows something to read on top of the page. */
export function sheet(title: string, content: TemplateResult, broad = false): HTMLDialogElement {
  return openDialog(
    broad ? "broad" : "",
    html`
      <form class="head" method="dialog">
        <h2 id="dialog-title">${title}</h2>
        <button class="btn quiet icon" aria-label="Close" title="Close">${iconClose()}</button>
      </form>
      <div class="in">${content}</div>
    `,
  );
}

/** Shows something on top of the page. Its heading has the id `dialog-title`. The focus returns to where it was. */
export function openDialog(kind: string, content: TemplateResult): HTMLDialogElement {
  const dialog = document.createElement("dialog");
  dialog.className = `nx-dialog ${kind}`;
  dialog.setAttribute("aria-labelledby", "dialog-title");
  render(content, dialog);
  // A press on the ground around it dismisses it.
  dialog.addEventListener("pointerdown", (event) => {
    const box = dialog.getBoundingClientRect();
    const inside =
      event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (event.target === dialog && !inside) {
      dialog.close();
    }
  });
  dialog.addEventListener("close", () => {
    render(nothing, dialog);
    dialog.remove();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
