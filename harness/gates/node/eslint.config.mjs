// The rules of the gates on types, documentation and errors, and the facts that they are judged by.
// HARNESS_NODE is the folder that the packages are installed in: this file lies elsewhere.
import { createRequire } from "node:module";
import { facts } from "./facts.mjs";
import { opened, placeholder, plain } from "./opened.mjs";
import { disguises } from "./disguises.mjs";

const require = createRequire(`${process.env.HARNESS_NODE}/`);
const typescript = require("typescript-eslint");
const { rules: jsdoc } = require("eslint-plugin-jsdoc");

const FUNCTIONS = [
  "FunctionDeclaration",
  "FunctionExpression",
  "ArrowFunctionExpression",
  "TSDeclareFunction",
  "TSEmptyBodyFunctionExpression",
  "TSMethodSignature",
];
const CLASSES = ["ClassDeclaration", "ClassExpression", "TSInterfaceDeclaration"];
const METHODS = ["MethodDefinition", "TSAbstractMethodDefinition", "TSMethodSignature"];
const SHIPPED = ["FunctionDeclaration", "ArrowFunctionExpression", "FunctionExpression", "TSDeclareFunction"];
const NO_DEMANDS = {
  ArrowFunctionExpression: false, ClassDeclaration: false, ClassExpression: false, FunctionDeclaration: false,
  FunctionExpression: false, MethodDefinition: false,
};
const TYPED = { contexts: FUNCTIONS };

export default [
  {
    files: ["**/*.{ts,tsx,mts,cts,js,jsx,mjs,cjs}"],
    languageOptions: {
      parser: plain(typescript.parser),
      parserOptions: { ecmaFeatures: { jsx: true }, sourceType: "module" },
    },
    linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: "off" },
    plugins: {
      "@typescript-eslint": typescript.plugin,
      jsdoc: {
        rules: Object.fromEntries(Object.entries(jsdoc).map(([name, rule]) => [name, opened(rule, name)])),
      },
      harness: { rules: { ...disguises, facts, placeholder } },
    },
    settings: { jsdoc: { mode: "typescript" } },
    rules: {
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-unsafe-function-type": "error",
      "@typescript-eslint/ban-ts-comment": [
        "error", { "ts-ignore": true, "ts-expect-error": true, "ts-nocheck": true, "ts-check": false },
      ],
      "harness/disguise": "error",
      "harness/facts": "error",
      "harness/placeholder": "error",
      "jsdoc/require-jsdoc": [
        "error",
        { contexts: [...CLASSES, ...METHODS, ...SHIPPED], require: NO_DEMANDS, enableFixer: false },
      ],
      "jsdoc/require-description": ["error", { contexts: [...CLASSES, ...METHODS, ...FUNCTIONS] }],
      "jsdoc/require-param": ["error", { ...TYPED, checkDestructured: false, checkDestructuredRoots: false }],
      "jsdoc/check-param-names": ["error", { checkDestructured: false, disableExtraPropertyReporting: true }],
      "jsdoc/require-param-description": ["error", { contexts: FUNCTIONS }],
      "jsdoc/require-returns": ["error", { ...TYPED }],
      "jsdoc/require-returns-description": ["error", { contexts: FUNCTIONS }],
      "jsdoc/require-throws": ["error", { ...TYPED }],
    },
  },
];
