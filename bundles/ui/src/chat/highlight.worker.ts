import { colour } from "./colours.ts";

/** What the page asks for, one block at a time. */
export interface Job {
  code: string;
  language: string;
}

const port = globalThis as unknown as {
  onmessage: (event: MessageEvent<Job>) => void;
  postMessage: (message: unknown, transfer: Transferable[]) => void;
};

port.onmessage = ({ data: { code, language } }) => {
  const colours = colour(code, language);
  port.postMessage(colours, colours ? [colours.lengths.buffer, colours.kinds.buffer] : []);
};
