/** Who hears what meters tell, on a way that loses, doubles and mixes up what it carries: keeps what has the highest stamp. */

export interface Heard {
  readonly epoch: number;
  readonly n: number;
  /** All of a meter's state, in short. */
  readonly digest: string;
}

export class Observer {
  readonly name: string;
  readonly last = new Map<string, Heard>();

  constructor(name: string) {
    this.name = name;
  }

  hear(key: string, heard: Heard): void {
    const before = this.last.get(key);
    if (before === undefined || heard.epoch > before.epoch || (heard.epoch === before.epoch && heard.n > before.n)) this.last.set(key, heard);
  }
}
