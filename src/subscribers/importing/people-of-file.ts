/*
 * Who stands in a file, by the beginnings of their keys: 9 bytes a person, so that a file of 300 MB fits. Whoever stands there twice counts once, and the
 * lowest of their statuses holds, whatever the order of the rows. That two of ten million people share 64 bits of a keyed hash happens once in 300,000 files.
 */

const takenBit = 0x80;
/** The person has a row that can be imported. */
const readBit = 0x40;
/** Their lowest status is that of rows that are refused. */
const refusedBit = 0x20;
const rankBits = 0x1f;

/** The people of one file with their lowest rank. Ranks are 0 to 30. */
export class PeopleOfFile {
  #high = new Uint32Array(1024);
  #low = new Uint32Array(1024);
  /** Rank + 1, and bits; 0 is empty. */
  #marks = new Uint8Array(1024);
  #size = 0;
  #count = 0;

  /** How many different people were noted whose rows can be imported. */
  get count(): number {
    return this.#count;
  }

  /** Of how many of them none is: a row that was refused says less of them. */
  countHeld(): number {
    return this.#marks.reduce((held, mark) => held + (mark & readBit && mark & refusedBit ? 1 : 0), 0);
  }

  /** Notes a row about the person with this key (hex); false where one was noted before. */
  note(key: string, rank: number): boolean {
    const place = this.#lower(key, rank, 0);
    const isFirst = (this.#marks[place]! & readBit) === 0;
    if (isFirst) this.#count += 1;
    this.#marks[place]! |= readBit;
    return isFirst;
  }

  /** Notes a row that is refused: no other row raises the person above it. */
  noteRefused(key: string, rank: number): void {
    this.#lower(key, rank, refusedBit);
  }

  /** Whether this row speaks for the person: the first one of their lowest rank. True once. */
  take(key: string, rank: number): boolean {
    const place = this.#placeOf(...halvesOf(key));
    if ((this.#marks[place]! & ~readBit) !== rank + 1) return false;
    this.#marks[place]! |= takenBit;
    return true;
  }

  /** Lets the rows be taken once more, from the first. */
  restart(): void {
    for (let place = 0; place < this.#marks.length; place += 1) this.#marks[place]! &= ~takenBit;
  }

  /** Gives the person's place, with this rank where it is the lowest until now. `bit`: by whom it is said. */
  #lower(key: string, rank: number, bit: number): number {
    if (this.#size * 2 >= this.#marks.length) this.#grow();
    const [high, low] = halvesOf(key);
    const place = this.#placeOf(high, low);
    const mark = this.#marks[place]!;
    if (mark === 0) {
      this.#high[place] = high;
      this.#low[place] = low;
      this.#size += 1;
    }
    const before = mark & rankBits;
    if (before === 0 || rank + 1 < before) this.#marks[place] = (mark & readBit) | bit | (rank + 1);
    // What can be imported speaks before what is refused.
    else if (rank + 1 === before && bit === 0) this.#marks[place]! &= ~refusedBit;
    return place;
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
