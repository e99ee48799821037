/** Closes what was opened, the last first, each whatever happened to the one before. */
export class Closer {
  readonly #parts: (() => Promise<void> | void)[] = [];
  #isClosed = false;

  /** Remembers to close `part`, or closes it at once when the closing has begun. */
  async add<Part extends { close(): Promise<void> | void }>(part: Part): Promise<Part> {
    if (this.#isClosed) await part.close();
    else this.#parts.push(() => part.close());
    return part;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const close of this.#parts.splice(0).reverse()) {
      try {
        await close();
      } catch {
        // The next one has to be closed all the same.
      }
    }
  }
}
