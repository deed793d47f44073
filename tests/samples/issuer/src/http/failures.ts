import type { NextFunction, Request, Response } from "express";
import { ApplicationError, InvalidRequestError, MethodNotAllowedError, NotFoundError } from "../errors.js";

const METHODS: readonly (readonly [RegExp, string])[] = [
  [/^\/health\/?$/, "GET, HEAD"],
  [/^\/clients\/?$/, "POST"],
  [/^\/tokens\/?$/, "POST"],
  [/^\/credentials\/?$/, "GET, HEAD, POST"],
  [/^\/credentials\/[^/]+\/?$/, "DELETE, GET, HEAD"],
];
const LOWEST_CLIENT_ERROR = 400;
const LOWEST_SERVER_ERROR = 500;

/**
 * Refuse what no route has taken.
 *
 * @param request - What was asked for.
 * @throws {MethodNotAllowedError} Where the path has other methods.
 * @throws {NotFoundError} Where there is no such path.
 */
export function nowhere(request: Request): never {
  const known = METHODS.find(([path]) => path.test(request.path));
  if (known) {
    throw new MethodNotAllowedError(known[1]);
  }
  throw new NotFoundError("there is no such path");
}

/**
 * Find out what went wrong.
 *
 * @param error - What was thrown.
 * @returns An error of ours, or undefined for a fault of this service.
 */
function understood(error: unknown): ApplicationError | undefined {
  if (error instanceof ApplicationError) {
    return error;
  }
  const status = error instanceof Error && "status" in error ? Number(error.status) : LOWEST_SERVER_ERROR;
  // The parser of bodies has errors of its own, each with a status.
  if (status >= LOWEST_CLIENT_ERROR && status < LOWEST_SERVER_ERROR) {
    return new InvalidRequestError("the request can't be read", { cause: error });
  }
  return undefined;
}

/**
 * Answer with an error.
 *
 * @param error - What was thrown.
 * @param _request - What was asked for.
 * @param response - Gets the error as JSON.
 * @param next - Takes over where an answer has begun.
 */
export function failed(error: unknown, _request: Request, response: Response, next: NextFunction): void {
  if (response.headersSent) {
    next(error);
    return;
  }
  const known = understood(error);
  if (known instanceof MethodNotAllowedError) {
    response.set("Allow", known.allowed);
  }
  if (known?.status === 401) {
    response.set("WWW-Authenticate", "Bearer");
  }
  response
    .status(known?.status ?? LOWEST_SERVER_ERROR)
    .json({ code: known?.code ?? "internal", message: known?.message ?? "something went wrong here" });
}
