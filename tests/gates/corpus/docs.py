"""Documentation of code: every style that describes it, and what leaves something out."""

from __future__ import annotations

from tests.gates.corpus.delivery import Delivery
from tests.gates.corpus.typescript import BASE, bad, good

PYTHON = '[project]\nlanguage = "python"\n'
SHOP = {"shop/__init__.py": '"""A shop."""\n', "shop/old.py": "def undescribed(a, b):\n    return a\n"}
GOOGLE = '''\
"""Orders."""


class OrderError(Exception):
    """An order can't be taken."""


class Orders:
    """The orders of a day."""

    def __init__(self) -> None:
        self._all: list[int] = []

    def take(self, amount: int, note: str = "") -> int:
        """Take an order.

        Args:
            amount: How many pieces.
            note: For the kitchen.

        Returns:
            The order's number.

        Raises:
            OrderError: There are too many.
        """
        if amount > 9:
            raise OrderError(note)
        self._all.append(amount)
        return len(self._all)

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._all)

    def _hidden(self, a: int) -> int:
        return a
'''
NUMPY = '''\
"""Means."""


def mean(values: list[float], weights: list[float] | None = None) -> float:
    """The mean of values.

    Parameters
    ----------
    values : list of float
        The values.
    weights : list of float, optional
        One for each.

    Returns
    -------
    float
        The mean.

    Raises
    ------
    ValueError
        There are none.
    """
    if not values:
        raise ValueError("no values")
    return sum(values) / len(weights or values)
'''
SPHINX = '''\
"""Paths."""

from http.server import BaseHTTPRequestHandler


def join(first: str, second: str) -> str:
    """Join two paths.

    :param first: the one before
    :param str second: the one after
    :returns: both
    :raises ValueError: if one is absolute
    """
    if second.startswith("/"):
        raise ValueError(second)
    return f"{first}/{second}"


def plain(name: str) -> str:
    """`name` in lower case; an empty one is an error."""
    if not name:
        raise LookupError(name)
    return name.lower()


class Handler(BaseHTTPRequestHandler):
    """Answers."""

    def do_GET(self) -> None:
        self.send_response(204)
'''
FORMS = """\
/** Numbers that repeat. */
export interface Repeats {
  every: number;
  readonly onRepeat?: (at: number) => void;
  /**
   * The one that follows.
   *
   * @param after - The last one.
   * @returns The next one.
   */
  next(after: number): number;
}

/**
 * The next number.
 *
 * @param from - Where to begin.
 * @param to - Where to end.
 */
export function walk(from: number, to: number): void {
  for (let at = from; at < to; at += 1) helper(at);
}

function helper(at: number): number {
  return at;
}

/** Waits. */
export const wait = (): Promise<void> => Promise.resolve();

/** Counts. */
export default class Counter implements Repeats {
  every = 1;

  constructor(private readonly first: number) {}

  get start(): number {
    return this.first;
  }

  /** {@inheritDoc Repeats.next} */
  next(after: number): number {
    return this.inner(after) + this.every;
  }

  private inner(after: number): number {
    return after;
  }

  add(by: number): void;
  add(by: string): void;
  /**
   * Add to it.
   *
   * @param by - How much.
   */
  add(by: unknown): void {
    this.every += Number(by);
  }

  /** @deprecated Use `add`. */
  plus(by: number): void {
    this.add(by);
  }

  #own(): number {
    return this.first;
  }
}

/**
 * One of two.
 *
 * @param options - What to choose from.
 * @param options.left - The first.
 * @param _rest - Unused.
 * @returns The first.
 */
export const left = ({ left: chosen }: { left: number }, _rest: string): number => chosen;
"""
TOTAL = """\
/** The sum.
 * @param {number} a The one.
 * @param {number} b The other.
 * @returns {number} Both.
 */
function add(a: number, b: number): number {
  return a + b;
}

module.exports = { add };
"""
TAGS = """\
/** One that counts, with a method of a type that has no name of its own. */
export type Counts = { run(from: number): number; get size(): number };
interface Hidden {
  run(from: number): number;
}
export const hidden: Hidden | undefined = undefined;

/** What a shop throws. */
export class ShopError extends Error {}
/** Nothing is there. */
export class Missing extends ShopError {}
/** It is there already. */
export class Twice extends ShopError {}

/**
 * Half of a number.
 *
 * @arg n - The number.
 * @return Its half.
 * @exception {Missing} Where it is 0.
 * @exception {Twice} Where it is odd.
 */
export function half(n: number): number {
  if (n === 0) throw new Missing();
  if (n % 2) throw new Twice();
  return n / 2;
}

/**
 * A third of a number.
 *
 * @argument n - The number.
 * @returns Its third.
 * @throws {ShopError} Where it has none.
 */
export function third(n: number): number {
  if (n === 0) throw new Missing();
  if (n % 3) throw new Twice();
  return n / 3;
}

/**
 * A tenth of a number.
 *
 * @param n - The number.
 * @returns Its tenth.
 * @throws Where it has none.
 */
export const tenth = (n: number): number => {
  if (n === 0) throw new Missing();
  if (n % 10) throw new Twice();
  return n / 10;
};

/**
 * A fifth of a number.
 *
 * @param n - The number.
 * @returns Its fifth.
 * @throws {Twice} Where it has none.
 */
export function fifth(n: number): number {
  try {
    if (n === 0) throw new Missing();
  } catch {
    return 0;
  }
  if (n % 5) throw new Twice();
  return n / 5;
}
"""


EACH = """\
/** A number that is none. */
export class Wrong extends Error {}

/**
 * Twice each number.
 *
 * @param all - The numbers.
 * @returns Their doubles.
 * @throws {Wrong} Where one is below 0.
 */
export function doubles(all: readonly number[]): number[] {
  return all.map((n) => {
    if (n < 0) throw new Wrong("below 0");
    return n * 2;
  });
}

/**
 * Looks at numbers later, or at once and tells nobody.
 *
 * @param all - The numbers.
 */
export function watch(all: readonly number[]): void {
  setTimeout(() => {
    throw new Wrong("too late");
  }, all.length);
  try {
    all.forEach((n) => {
      if (n < 0) throw new Wrong("below 0");
    });
  } catch {
    return;
  }
}
"""


def wrong(name: str, text: str, rule: str, line: int) -> Delivery:
    """A wrong file in Python."""
    path = "shop/new.py"
    return Delivery("docs", f"Python: {name}", {path: text}, SHOP, PYTHON, rule=rule, at=f"{path}:{line}")


_PARENTS = '''\
"""Finding."""

import json

from shop.errors import Missing


class Finder:
    """Finds.

    :param place: where
    """

    def find(self, key: str) -> str:
        """Find it.

        Raises:
            ShopError: It is not there.
        """
        raise Missing(key)

    def load(self, path: str, *names: str, strict: bool = True, **more: str) -> str:
        """Load a file.

        Parameters
        ----------
        path
            Which.
        *names : str
            What of it.
        strict : bool, default True
            Whether it has to be there.
        **more
            Left alone.

        Returns
        -------
        str

        Raises
        ------
        OSError
            It can't be read.
        """
        raise FileNotFoundError(path)


def main() -> int:
    """Run.

    Returns:
        The exit code.
    """
    raise SystemExit(json.dumps(1))
'''
_ERRORS = (
    '"""Errors."""\n\n\nclass ShopError(Exception):\n    """Any."""\n\n\n'
    'class Missing(ShopError, KeyError):\n    """It is gone."""\n'
)


def _empty(name: str, doc: str, rule: str) -> Delivery:
    text = f'"""Rows."""\n\n\ndef get_rows(first: int, most: int) -> int:\n    """{doc}"""\n    return first + most\n'
    return Delivery("docs", f"Python: {name}", {"shop/rows.py": text}, SHOP, PYTHON, rule=rule, at="shop/rows.py:4")


DELIVERIES = (
    Delivery("docs", "Python: what is raised by a class above it, NumPy's rests", {
        "shop/find.py": _PARENTS, "shop/errors.py": _ERRORS,
    }, SHOP, PYTHON),
    _empty("to do", "TODO: describe it.", "docs-empty"),
    _empty("its own name", "get_rows()", "docs-empty"),
    _empty("a parameter that the summary alone names",
           "The most rows.\n\n    Args:\n        first: Where.\n\n    Returns:\n        Them.\n    ", "docs-param"),
    _empty("parameters without a word",
           "The rows.\n\n    Args:\n        first:\n        most:\n\n    Returns:\n        Them.\n    ", "docs-param"),
    _empty("what it returns", "The rows.\n\n    :param first: where\n    :param most: how many\n    ", "docs-returns"),
    good("docs", "classes, interfaces, arrows and what is hidden", {"src/forms.ts": FORMS, "lib/add.ts": TOTAL}),
    good("docs", "the other names of the tags, errors by the class above", {
        "src/parts.ts": TAGS,
        "src/prices.d.ts": "declare module 'prices' {\n  export function price(id: string): number;\n}\n",
    }),
    good("docs", "nothing of it new", {"src/a.ts": "\n\n" + "export const f = (n: number) => n;\n"},
         {"src/a.ts": "export const f = (n: number) => n;\n"}),
    good("docs", "tests and tools need none", {
        "src/a.test.ts": "export function helper(n: number) {\n  return n;\n}\n",
        "vite.config.ts": "export default function config() {\n  return {};\n}\n",
    }),
    bad("docs", "a function that is exported later", "function later(n: number): number {\n  return n;\n}\n"
        "export { later };\n", "docs-missing", 1),
    bad("docs", "a method", FORMS.replace("  /** @deprecated Use `add`. */\n", ""), "docs-missing", 61),
    bad("docs", "an interface", FORMS.replace("/** Numbers that repeat. */", "// Numbers that repeat."),
        "docs-missing", 2),
    bad("docs", "a parameter", FORMS.replace(" * @param to - Where to end.\n", ""), "docs-param", 14),
    bad("docs", "a comment that says nothing", FORMS.replace("/** Waits. */", "/** */"), "docs-empty", 28),
    bad("docs", "a promise of a comment", FORMS.replace("/** Waits. */", "/** TODO */"), "docs-empty", 29),
    bad("docs", "what is returned", TOTAL.replace(" * @returns {number} Both.\n", ""), "docs-returns"),
    bad("docs", "what is thrown", BASE["src/store.ts"].replace("   * @throws {ItemMissing} Where there is none.\n", ""),
        "docs-throws", path="src/shelf.ts"),
    good("docs", "what callbacks throw", {"src/each.ts": EACH}),
    bad("docs", "what a callback throws at once",
        EACH.replace(" * @throws {Wrong} Where one is below 0.\n", ""), "docs-throws", 10),
    bad("docs", "one of two that are thrown", TAGS.replace(" * @exception {Missing} Where it is 0.\n", ""),
        "docs-throws", 22),
    bad("docs", "a method of an interface", "/** Keeps. */\nexport interface Keep {\n  get(id: string): string;\n}\n",
        "docs-missing", 3),
    bad("docs", "what a method of an interface takes", FORMS.replace("   * @param after - The last one.\n", ""),
        "docs-param"),
    bad("docs", "a method of an object", "export const prices = {\n  of(id: string): number {\n    return id.length;\n"
        "  },\n};\n", "docs-missing", 2),
    bad("docs", "a parameter that is not there",
        FORMS.replace(" * @param to - Where to end.\n", " * @param to - Where to end.\n * @param of - What.\n"),
        "docs-param", 19),
    bad("docs", "what is thrown later", TAGS.replace("export function half(n: number): number",
                                                    "export async function half(n: number): Promise<number>")
        .replace(" * @exception {Missing} Where it is 0.\n * @exception {Twice} Where it is odd.\n", ""),
        "docs-throws", 21),
    Delivery("docs", "Python: Google's style", {"shop/orders.py": GOOGLE}, SHOP, PYTHON),
    Delivery("docs", "Python: NumPy's style", {"src/means.py": NUMPY}, SHOP, PYTHON),
    Delivery("docs", "Python: Sphinx's style and plain text", {"paths.py": SPHINX}, SHOP, PYTHON),
    wrong("a function", '"""New."""\n\n\ndef f(a: int) -> int:\n    # says it\n    return a\n', "docs-missing", 4),
    wrong("a method", GOOGLE.replace('        """How many there are."""\n', ""), "docs-missing", 33),
    wrong("a parameter", GOOGLE.replace("            note: For the kitchen.\n", ""), "docs-param", 14),
    wrong("what is raised", NUMPY.replace("    ValueError\n        There are none.\n", "    KeyError\n"),
          "docs-raises", 4),
    wrong("text that says nothing", '"""New."""\n\n\ndef f(a: int) -> int:\n    """TODO."""\n    return a\n',
          "docs-empty", 4),
)  # fmt: skip
