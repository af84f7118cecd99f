/** Lines of records. In: each record's line, in order. Out: the line of any record; kept as the few places where lines are passed over. */
export class RecordLines {
  #records = 0;
  /** From record #begins[i] on, a record's line is its number + #shifts[i]. */
  readonly #begins: number[] = [];
  readonly #shifts: number[] = [];

  append(line: number): void {
    const shift = line - this.#records;
    if (shift !== this.#shifts.at(-1)) {
      this.#begins.push(this.#records);
      this.#shifts.push(shift);
    }
    this.#records++;
  }

  /** The line of record `record`, which counts from 0. */
  of(record: number): number {
    const after = this.#begins.findIndex((begin) => begin > record);
    return record + this.#shifts.at(after === -1 ? -1 : after - 1)!;
  }
}
