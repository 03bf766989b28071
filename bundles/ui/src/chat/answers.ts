import type { Question } from "../shared/types.ts";

/** What was chosen and written for the questions of one request. Changes make a new one. */
export class Answers {
  constructor(
    private readonly questions: readonly Question[],
    /** The chosen labels of each question. */
    private readonly labels: readonly (readonly string[])[] = questions.map(() => []),
    /** The own words of each question. */
    private readonly written: readonly string[] = questions.map(() => ""),
    /** Whether the own words of a question count. */
    private readonly counts: readonly boolean[] = questions.map(({ options }) => options.length === 0),
  ) {}

  has(index: number, label: string): boolean {
    return this.labels[index]?.includes(label) ?? false;
  }

  /** Whether the own words are chosen. */
  isOwn(index: number): boolean {
    return this.counts[index] ?? false;
  }

  words(index: number): string {
    return this.written[index] ?? "";
  }

  /** Chooses an option, or takes it away again. A single choice replaces the one before, and the own words. */
  choose(index: number, label: string, on: boolean): Answers {
    const { multiple } = this.questions[index]!;
    const others = multiple ? this.labels[index]!.filter((one) => one !== label) : [];
    const labels = put(this.labels, index, on ? [...others, label] : others);
    return new Answers(this.questions, labels, this.written, multiple || !on ? this.counts : put(this.counts, index, false));
  }

  /** Chooses the own words, or takes them away again. */
  own(index: number, on: boolean): Answers {
    const { multiple, options } = this.questions[index]!;
    const labels = multiple || !on ? this.labels : put(this.labels, index, []);
    return new Answers(this.questions, labels, this.written, put(this.counts, index, on || options.length === 0));
  }

  /** Writing chooses what is written. */
  write(index: number, text: string): Answers {
    const chosen = this.own(index, text.trim() !== "" || (this.isOwn(index) && this.questions[index]!.options.length === 0));
    return new Answers(this.questions, chosen.labels, put(this.written, index, text), chosen.counts);
  }

  /** The answers of each question, as they are sent. */
  get all(): string[][] {
    return this.questions.map((question, index) => {
      const own = this.isOwn(index) ? this.words(index).trim() : "";
      const inOrder = question.options.map(({ label }) => label).filter((label) => this.has(index, label));
      return own ? [...inOrder, own] : inOrder;
    });
  }

  /** The first question without an answer; -1 when all have one. */
  get missing(): number {
    return this.all.findIndex((answers) => answers.length === 0);
  }
}

function put<T>(list: readonly T[], index: number, value: T): T[] {
  return list.map((one, at) => (at === index ? value : one));
}
