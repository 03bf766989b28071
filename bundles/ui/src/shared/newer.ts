import { type EventStream } from "./events.ts";
import { toast } from "./toast.ts";

/** Long enough to be read whenever the person comes back. */
const STAYS = 24 * 60 * 60;

/**
 * Offers to reload the page when Nexus serves a newer one, which can only be after the connection was lost. Call the
 * answer to stop.
 */
export function watchForNewer(stream: EventStream): () => void {
  const script = document.querySelector<HTMLScriptElement>('script[type="module"]')?.getAttribute("src");
  let greeted = false;
  let told = false;
  const look = async () => {
    if (!greeted || told || !script) {
      greeted = true;
      return;
    }
    const page = await fetch(location.pathname, { cache: "no-store", headers: { accept: "text/html" } })
      .then((response) => (response.ok && !response.redirected ? response.text() : undefined))
      .catch(() => undefined);
    if (page?.includes("</html>") && !page.includes(script) && !told) {
      told = true;
      toast("A new version is ready.", { label: "Reload", run: () => location.reload() }, STAYS);
    }
  };
  const listener = () => void look();
  stream.addEventListener("hello", listener);
  return () => stream.removeEventListener("hello", listener);
}
