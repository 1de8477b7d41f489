/**
 * What is to be looked at again at which time. A subject has one time at most; setting another replaces it. Costs the
 * logarithm of the number of subjects, however many there are.
 */
export class Agenda<Subject> {
  readonly #times = new Map<Subject, number>();
  /** A heap by time. An entry whose time is no longer that of its subject counts for nothing. */
  #heap: { readonly at: number; readonly subject: Subject }[] = [];

  /** @param at undefined: it is not to be looked at again */
  set(subject: Subject, at: number | undefined): void {
    if (at === undefined) {
      this.#times.delete(subject);
      return;
    }
    if (this.#times.get(subject) === at) return;
    this.#times.set(subject, at);
    this.#push({ at, subject });
    // Of times that were replaced there must not be ever more.
    if (this.#heap.length > 2 * this.#times.size + 64) this.#rebuild();
  }

  /** The first time; undefined when there is nothing to do. */
  get next(): number | undefined {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (this.#times.get(first.subject) === first.at) return first.at;
      this.#pop();
    }
    return undefined;
  }

  /** Takes out all subjects whose time has come, the earliest first. */
  due(now: number): Subject[] {
    const subjects: Subject[] = [];
    for (let next = this.next; next !== undefined && next <= now; next = this.next) {
      const first = this.#pop();
      if (first === undefined) break;
      this.#times.delete(first.subject);
      subjects.push(first.subject);
    }
    return subjects;
  }

  #rebuild(): void {
    this.#heap = [];
    for (const [subject, at] of this.#times) this.#push({ at, subject });
  }

  #push(entry: { readonly at: number; readonly subject: Subject }): void {
    const heap = this.#heap;
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || parent.at <= entry.at) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = entry;
  }

  #pop(): { readonly at: number; readonly subject: Subject } | undefined {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      const left = heap[2 * index + 1];
      const right = heap[2 * index + 2];
      if (left === undefined) break;
      const smaller = right !== undefined && right.at < left.at ? right : left;
      if (smaller.at >= last.at) break;
      heap[index] = smaller;
      index = smaller === left ? 2 * index + 1 : 2 * index + 2;
    }
    heap[index] = last;
    return first;
  }
}
