/** Asks for something again and again, however often it is called for: never twice at once, and with a pause between. */
export class RepeatedAsk<Answer> {
  readonly #path: string;
  readonly #pause: number;
  readonly #insists: boolean;
  readonly #onAnswer: (answer: Answer) => void;
  #asking = false;
  #askAgain = false;

  /**
   * @param pause milliseconds between two questions
   * @param insists asks again by itself where there was no answer
   */
  constructor(path: string, pause: number, insists: boolean, onAnswer: (answer: Answer) => void) {
    this.#path = path;
    this.#insists = insists;
    this.#pause = pause;
    this.#onAnswer = onAnswer;
  }

  async ask(): Promise<void> {
    if (this.#asking) {
      this.#askAgain = true;
      return;
    }
    this.#asking = true;
    this.#askAgain = false;
    try {
      const answer = await fetch(this.#path, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(await answer.text());
      const value: Answer = await answer.json();
      this.#onAnswer(value);
    } catch {
      // The stream of events says whether the connection is lost.
      this.#askAgain ||= this.#insists;
    }
    setTimeout(() => {
      this.#asking = false;
      if (this.#askAgain) this.ask();
    }, this.#pause);
  }
}
