/** The one polite voice of a page for screen readers. It is there from the start and empty. */
const voice = document.createElement("div");
voice.className = "sr";
voice.setAttribute("role", "status");
voice.id = "say";
document.body.append(voice);

let waiting: string[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;

/** Says a whole sentence. Sentences of the same moment are said together, the same one again is said again. */
export function say(sentence: string): void {
  waiting.push(sentence);
  if (timer !== undefined) {
    return;
  }
  voice.textContent = "";
  timer = setTimeout(() => {
    voice.textContent = waiting.join(" ");
    waiting = [];
    timer = undefined;
  }, 150);
}
