/**
 * Add two.
 *
 * @param a - One.
 * @param b - Two.
 * @returns Both.
 */
export const add = (a: number, b: number): number => a + b;
/**
 * First.
 * @param items The items.
 * @returns the first one
 */
export function first<T>(items: readonly T[]): T | undefined;
/**
 * First or other.
 * @param items The items.
 * @param other Instead.
 * @returns the first one or other
 */
export function first<T>(items: readonly T[], other: T): T;
export function first<T>(items: readonly T[], other?: T): T | undefined { return items[0] ?? other; }
/** A service. */
export class Service {
  /** How many. */
  count = 0;
  /** @param name - Its name. */
  constructor(private readonly name: string) {}
  /** Says hello. */
  hello = (): void => { console.log(this.name); };
  /** The name. */
  get title(): string { return this.name; }
  /**
   * Make one.
   *
   * @param name - Its name.
   * @returns It.
   */
  static make(name: string): Service { return new Service(name); }
  toString(): string { return this.name; }
  toJSON(): object { return { name: this.name }; }
  [Symbol.iterator](): Iterator<string> { return [this.name][Symbol.iterator](); }
}
/** Options. */
export interface Options { a: string; b?: number; onDone?: (n: number) => void }
/** A port. */
export interface Port {
  /**
   * Get it.
   * @param id Its id.
   * @returns The thing.
   */
  get(id: string): string;
  /** Close it. */
  close(): Promise<void>;
  /** Each. */
  each: (n: number) => void;
}
/** A thing of {@link Port}. */
export class Impl implements Port {
  /** @inheritdoc */
  get(id: string): string { return id; }
  /** {@inheritDoc Port.close} */
  async close(): Promise<void> {}
  /**
   * Each.
   *
   * @param n - The number.
   */
  each = (n: number): void => { void n; };
}
/**
 * Component.
 * @param props - The properties.
 * @param props.name - The name.
 * @param props.age - The age.
 * @returns markup
 */
export function Card({ name, age }: { name: string; age: number }): string { return name + age; }
/**
 * Component.
 * @param root0 - The properties.
 * @param root0.name - The name.
 * @returns markup
 */
export const Chip = ({ name }: { name: string }): string => name;
/**
 * Rest.
 * @param {...string} parts - Some.
 * @param [more=3] - More.
 * @returns {string} All
 */
export function rest(more = 3, ...parts: string[]): string { return parts.join() + more; }
