"""Typed errors: hierarchies that are kept, and errors that only look typed."""

from __future__ import annotations

from tests.gates.corpus.delivery import Delivery, Files
from tests.gates.corpus.typescript import BASE, bad, good

NAMED = '[errors]\nhierarchy = ["ShopError"]\n'
PYTHON = '[project]\nlanguage = "python"\n'
TREE = {
    **BASE,
    "src/store.ts": "export const nothing = 0;\n",
    "src/errors/index.ts": "export class ShopError extends Error {}\nexport class NotFound extends ShopError {}\n",
}
SHOP = {
    "shop/__init__.py": "",
    "shop/errors.py": "class ShopError(Exception):\n    pass\n\n\nclass NotFound(ShopError, LookupError):\n    pass\n",
}


def body(text: str) -> str:
    """A function of TypeScript that does `text`, on line 2."""
    return f"export function act(n: number, done: (e: unknown) => void): unknown {{\n  {text}\n  return done(n);\n}}\n"


def named(name: str, text: str, rule: str, line: int = 2) -> Delivery:
    """A wrong file where the hierarchy is named."""
    return bad("errors", name, text, rule, line, config=NAMED)


def python(name: str, files: Files, rule: str = "", at: str = "", config: str = NAMED) -> Delivery:
    """A delivery in Python."""
    return Delivery("errors", f"Python: {name}", files, SHOP, PYTHON + config, rule=rule, at=at)


DELIVERIES = (
    good(
        "errors", "descendants by import, by another name and by a chain",
        {
            "src/act.ts": 'import { NotFound as Missing } from "./errors";\nimport * as errors from "./errors";\n\n'
            "class Deep extends Missing {}\nexport function act(n: number): number {\n  try {\n"
            "    if (n > 2) throw new Missing();\n    if (n > 1) throw new errors.NotFound();\n"
            "    const kept = new Deep();\n    throw kept;\n  } catch (error) {\n"
            "    console.error(new Error(`at`).stack);\n    throw error;\n  }\n}\n",
        },
        TREE, NAMED,
    ),
    good("errors", "typed without a hierarchy", {"src/shelf.ts": BASE["src/store.ts"]}),
    good(
        "errors", "in tests, and where the paths do not reach",
        {"src/a.test.ts": body('throw new Error("x");'), "src/tools/cli.ts": body('throw new Error("x");')},
        config='[errors]\npaths = ["src/services/**", "src/controllers/**"]\n',
    ),
    bad("errors", "the plain error", body('if (n) throw new Error("no");'), "errors-raw", 2),
    bad("errors", "a text", body("if (n) throw `no ${n}`;"), "errors-raw", 2),
    bad("errors", "a choice of two", body('throw n ? new RangeError("no") : n;'), "errors-raw", 2),
    bad("errors", "under another name", "const Failure = Error;\nexport const f = () => { throw new Failure('x'); };\n",
        "errors-raw", 2),
    bad("errors", "by a function that makes it",
        "const fail = (m: string) => new Error(m);\nexport const f = () => { throw fail('x'); };\n", "errors-raw", 2),
    bad("errors", "a rejection", body('return Promise.reject(new Error("no"));'), "errors-raw", 2,
        path="src/services/pay.ts", config='[errors]\npaths = ["src/services/**"]\n'),
    bad("errors", "a rejection with a text", body('return Promise.reject("no");'), "errors-raw", 2),
    bad("errors", "a rejection by another name", body('return new Promise((_, no) => no(new Error("x")));'),
        "errors-raw", 2),
    bad("errors", "a rejection of a function with a text", body("return new Promise(function (_, no) { no(`x`); });"),
        "errors-raw", 2),
    bad("errors", "handed to the next handler",
        "export const f = (q: Request, s: Response, next: NextFunction): void => {\n"
        "  const failure = new Error('x');\n  next(failure);\n};\n", "errors-raw", 3),
    bad("errors", "a text handed to the next handler",
        "export function f(q: Request, s: Response, next: (e?: unknown) => void): void {\n  next('x');\n}\n",
        "errors-raw", 2),
    bad("errors", "a class without a name", body('throw new (class extends Error {})("no");'), "errors-raw", 2),
    bad("errors", "made by a method", "class Shelf {\n  private lost(m: string) {\n    return new Error(m);\n  }\n"
        "  take(): never {\n    throw this.lost('x');\n  }\n}\nexport const shelf = new Shelf();\n", "errors-raw", 6),
    bad("errors", "made by a static method", "class Make { static lost(m: string) { return `no ${m}`; } }\n"
        "export const f = () => { throw Make.lost('x'); };\n", "errors-raw", 2),
    bad("errors", "made by a method of an object", "const make = { lost: (m: string) => new Error(m) };\n"
        "export const f = () => { throw make.lost('x'); };\n", "errors-raw", 2),
    bad("errors", "made by a function of another file", "import { lost as gone } from '../lib/make.js';\n"
        "export const f = () => { throw gone('x'); };\n", "errors-raw", 2, path="src/pay/f.ts",
        more={"src/lib/make.ts": "export function lost(m: string): Error {\n  return new Error(m);\n}\n"}),
    bad("errors", "made by a class of a folder's index", "import * as make from './make';\n"
        "export const f = () => { throw make.Make.lost('x'); };\n"
        "import { Make } from './make';\nexport const g = () => { throw Make.lost('x'); };\n", "errors-raw", 4,
        more={"src/make/index.ts": "export class Make {\n  static lost = (m: string) => new Error(m);\n}\n"}),
    good(
        "errors", "the hierarchy by factories, errors passed on, callbacks of other kinds",
        {
            "src/make.ts": 'import { NotFound as Missing, ShopError } from "./errors";\n'
            "export const lost = (m: string) => new Missing(m);\nexport class Make {\n"
            "  static of(m: string): ShopError {\n    return new ShopError(m);\n  }\n"
            "  of(m: string) {\n    return `no ${m}`;\n  }\n}\n"
            "export function wrap(error: unknown): unknown {\n  return error;\n}\n",
            "src/act.ts": 'import { lost, Make, wrap } from "./make.js";\nimport { other } from "elsewhere";\n'
            'import { NotFound } from "./errors";\n\nexport class Act {\n'
            "  private odd(m: string) {\n    return new NotFound(m);\n  }\n"
            "  act(n: number): unknown {\n    if (n > 5) throw lost('x');\n    if (n > 4) throw Make.of('x');\n"
            "    if (n > 3) throw other('x');\n    if (n > 2) throw this.odd('x');\n"
            "    try {\n      return Promise.reject(perhaps() ?? lost('x'));\n"
            "    } catch (error) {\n      throw wrap(error);\n    }\n"
            "  }\n}\nexport function wait(n: number): Promise<number> {\n  return new Promise((done, fail) => {\n"
            "    [1].reduce((sum, each) => sum + each);\n    act(n, (error: unknown) => fail(error));\n"
            "    if (n) fail(new NotFound('x'));\n    done('x'.length);\n  });\n}\n"
            "function perhaps(): NotFound | undefined {\n  return undefined;\n}\n"
            "declare function act(n: number, done: (error: unknown) => void): void;\n",
        },
        TREE, NAMED,
    ),
    named("a class beside the hierarchy", "class Odd extends Error {}\nexport const f = () => { throw new Odd(); };\n",
          "errors-hierarchy"),
    python(
        "the hierarchy, a protocol, an error passed on",
        {
            "shop/act.py": "from shop import errors as e\nfrom shop.errors import NotFound as Missing\n\n\n"
            "def act(n: int) -> int:\n    try:\n        if n > 3:\n            raise Missing(n)\n"
            "        if n > 2:\n            raise e.NotFound\n        raise NotImplementedError\n"
            "    except ValueError as error:\n        raise e.ShopError() from error\n    except KeyError as error:\n"
            "        raise\n    except Exception:\n        print(n)\n        raise\n",
        },
    ),
    python("built-in errors without a hierarchy", {"shop/a.py": "def f():\n    raise ValueError('x')\n"}, config=""),
    python("tests raise what they like", {"tests/test_a.py": "def test_a():\n    raise Exception('x')\n"}),
    python("Exception itself", {"shop/a.py": "def f():\n    raise Exception('x')\n"}, "errors-raw", "shop/a.py:2", ""),
    python("under another name", {"shop/a.py": "Base = Exception\n\n\ndef f():\n    raise Base('x')\n"}, "errors-raw",
           "shop/a.py:5", ""),
    python("a variable that calls it so", {"shop/a.py": "def f():\n    e = Exception\n    raise e('x')\n"},
           "errors-raw", "shop/a.py:3", ""),
    python("a class made on the spot", {"shop/a.py": "def f():\n    raise type('Foo', (Exception,), {})('x')\n"},
           "errors-raw", "shop/a.py:2", ""),
    python("suppressed blindly", {"shop/a.py": "import contextlib\n\n\ndef f(g):\n"
           "    with contextlib.suppress(ValueError, BaseException):\n        g()\n"},
           "errors-blind", "shop/a.py:5", ""),
    python(
        "named ones suppressed, a caught one by a short name, a class made of the hierarchy",
        {
            "shop/act.py": "from contextlib import suppress\n\nfrom shop.errors import ShopError\n\n\ndef act(g):\n"
            "    with suppress(KeyError, ValueError):\n        g()\n    try:\n        g()\n"
            "    except ShopError as e:\n        raise e\n    e = Exception\n    print(e)\n"
            "    raise type('Lost', (ShopError,), {})('x')\n",
        },
    ),
    python(
        "errors of futures, classes chosen, everything caught and told",
        {
            "shop/act.py": "import logging\n\nfrom shop.errors import NotFound, ShopError\n\n"
            "LATE = (OSError, KeyError)\nEVERY = Exception\n\n\ndef act(future, gen, call):\n    try:\n        call()\n"
            "    except LATE as error:\n        future.set_exception(error)\n"
            "        gen.throw(NotFound('x'))\n    except EVERY:\n        logging.exception('failed')\n"
            "    finally:\n        print(1)\n"
            "    error = NotFound if call else ShopError\n    raise error('x')\n",
        },
    ),
    python(
        "a group of typed errors, and what lookups have to raise",
        {
            "shop/act.py": "from shop.errors import NotFound\n\n\nclass Rows:\n"
            "    def __getitem__(self, at: int) -> int:\n        if at:\n            raise IndexError(at)\n"
            "        raise ExceptionGroup('many', [NotFound('x')])\n\n"
            "    def __missing__(self, key: str) -> int:\n        raise KeyError(key)\n",
        },
    ),
    python("a group of plain errors",
           {"shop/a.py": "def f():\n    raise ExceptionGroup('many', [Exception('x')])\n"}, "errors-raw",
           "shop/a.py:2"),
    python("a variable with a type", {"shop/a.py": "def f():\n    e: Exception = Exception('x')\n    raise e\n"},
           "errors-raw", "shop/a.py:3"),
    python("given to a future", {"shop/a.py": "def f(future):\n    future.set_exception(Exception('x'))\n"},
           "errors-raw", "shop/a.py:2", ""),
    python("drawn by its name",
           {"shop/a.py": "import builtins\n\n\ndef f():\n    raise getattr(builtins, 'Exception')('x')\n"},
           "errors-raw", "shop/a.py:5", ""),
    python("everything caught by another name",
           {"shop/a.py": "ALL = (Exception,)\n\n\ndef f(g):\n    try:\n        g()\n    except ALL:\n        pass\n"},
           "errors-blind", "shop/a.py:7", ""),
    python("left from finally",
           {"shop/a.py": "def f(g):\n    try:\n        g()\n    finally:\n        return 1\n"},
           "errors-blind", "shop/a.py:5", ""),
    python("beside the hierarchy", {"shop/a.py": "def f():\n    raise ValueError('x')\n"}, "errors-hierarchy",
           "shop/a.py:2"),
    python("caught blindly", {"shop/a.py": "def f(g):\n    try:\n        g()\n    except Exception:\n        pass\n"},
           "errors-blind", "shop/a.py:4", ""),
    python("caught barely", {"shop/a.py": "def f(g):\n    try:\n        g()\n    except:  # noqa\n        pass\n"},
           "errors-bare", "shop/a.py:4", ""),
)  # fmt: skip
