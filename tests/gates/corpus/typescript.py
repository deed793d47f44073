"""TypeScript projects as the deliveries of the static gates need them, in different layouts and styles."""

from __future__ import annotations

from tests.gates.corpus.delivery import Delivery, Files

CONFIG = '[project]\nlanguage = "typescript"\n'
SETTINGS = '{"compilerOptions": {"target": "ES2022", "module": "ESNext", "moduleResolution": "Bundler"}}\n'
STORE = """\
/** What a shop keeps of an item. */
export interface Item {
  id: string;
  price: number;
}

/** No item has the identifier. */
export class ItemMissing extends Error {
  constructor(id: string) {
    super(`no item ${id}`);
    this.name = "ItemMissing";
  }
}

/** Items in memory. */
export class Store {
  private readonly items = new Map<string, Item>();

  /**
   * Keep an item.
   *
   * @param item - The item, with an identifier of its own.
   */
  add(item: Item): void {
    this.items.set(item.id, item);
  }

  /**
   * The item with an identifier.
   *
   * @param id - Its identifier.
   * @returns The item.
   * @throws {ItemMissing} Where there is none.
   */
  find(id: string): Item {
    const found = this.items.get(id);
    if (found === undefined) {
      throw new ItemMissing(id);
    }
    return found;
  }
}
"""
BASE: dict[str, str] = {"tsconfig.json": SETTINGS, "src/store.ts": STORE, "package.json": '{"name": "shop"}\n'}


def bad(
    gate: str,
    name: str,
    text: str,
    rule: str,
    line: int = 0,
    *,
    path: str = "src/total.ts",
    more: Files | None = None,
    config: str = "",
) -> Delivery:
    """A delivery that brings one wrong file to the shop."""
    files = {path: text, **(more or {})}
    at = f"{path}:{line}" if line else path
    return Delivery(gate, name, files, BASE, CONFIG + config, rule=rule, at=at, needs=("node",))


def good(gate: str, name: str, files: Files, base: Files = BASE, config: str = "") -> Delivery:
    """An honest delivery in TypeScript."""
    return Delivery(gate, name, files, base, CONFIG + config, needs=("node",))
