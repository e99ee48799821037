/*
 * Who stands in a file, by the beginnings of their keys: 9 bytes a person, so that a file of 300 MB fits. Whoever stands there twice counts once, and the
 * lowest of their statuses holds, whatever the order of the rows. That two of ten million people share 64 bits of a keyed hash happens once in 300,000 files.
 */

const takenBit = 0x80;

/** The people of one file with their lowest rank. Ranks are 0 to 100. */
export class PeopleOfFile {
  #high = new Uint32Array(1024);
  #low = new Uint32Array(1024);
  /** Rank + 1, and a bit for whoever was taken; 0 is empty. */
  #marks = new Uint8Array(1024);
  #count = 0;

  /** How many different people were noted. */
  get count(): number {
    return this.#count;
  }

  /** Notes a row about the person with this key (hex); false where one was noted before. */
  note(key: string, rank: number): boolean {
    if (this.#count * 2 >= this.#marks.length) this.#grow();
    const [high, low] = halvesOf(key);
    const place = this.#placeOf(high, low);
    const mark = this.#marks[place]!;
    if (mark === 0) {
      this.#high[place] = high;
      this.#low[place] = low;
      this.#marks[place] = rank + 1;
      this.#count += 1;
      return true;
    }
    if (rank + 1 < mark) this.#marks[place] = rank + 1;
    return false;
  }

  /** Whether this row speaks for the person: the first one of their lowest rank. True once. */
  take(key: string, rank: number): boolean {
    const place = this.#placeOf(...halvesOf(key));
    if (this.#marks[place] !== rank + 1) return false;
    this.#marks[place] |= takenBit;
    return true;
  }

  /** Lets the rows be taken once more, from the first. */
  restart(): void {
    for (let place = 0; place < this.#marks.length; place += 1) this.#marks[place]! &= ~takenBit;
  }

  #placeOf(high: number, low: number): number {
    const mask = this.#marks.length - 1;
    let place = low & mask;
    while (this.#marks[place] !== 0 && (this.#high[place] !== high || this.#low[place] !== low)) place = (place + 1) & mask;
    return place;
  }

  #grow(): void {
    const [high, low, marks] = [this.#high, this.#low, this.#marks];
    this.#high = new Uint32Array(high.length * 2);
    this.#low = new Uint32Array(low.length * 2);
    this.#marks = new Uint8Array(marks.length * 2);
    marks.forEach((mark, from) => {
      if (mark === 0) return;
      const place = this.#placeOf(high[from]!, low[from]!);
      this.#high[place] = high[from]!;
      this.#low[place] = low[from]!;
      this.#marks[place] = mark;
    });
  }
}

function halvesOf(key: string): [number, number] {
  return [Number.parseInt(key.slice(0, 8), 16), Number.parseInt(key.slice(8, 16), 16)];
}
