export * from "./app-error.js";
export { default as ConflictError } from "./app-error.js";
