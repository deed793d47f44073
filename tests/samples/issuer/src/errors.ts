/** Root of everything that a caller did wrong: it knows how it is answered. */
export abstract class ApplicationError extends Error {
  /** The HTTP status that it is answered with. */
  abstract readonly status: number;
  /** A stable name for programs. */
  abstract readonly code: string;
}

/** The request is not as the specification says. */
export class InvalidRequestError extends ApplicationError {
  readonly status = 400;
  readonly code = "invalid_request";
}

/** The caller has not shown who it is. */
export class UnauthorizedError extends ApplicationError {
  readonly status = 401;
  readonly code = "unauthorized";
}

/** There is no such thing, or it is somebody else's. */
export class NotFoundError extends ApplicationError {
  readonly status = 404;
  readonly code = "not_found";
}

/** The path is there, but not with this method. */
export class MethodNotAllowedError extends ApplicationError {
  readonly status = 405;
  readonly code = "method_not_allowed";

  /**
   * Name the methods that the path has.
   *
   * @param allowed - The value of the `Allow` header.
   */
  constructor(readonly allowed: string) {
    super(`use ${allowed}`);
  }
}

/** What is asked for contradicts what is there. */
export class ConflictError extends ApplicationError {
  readonly status = 409;
  readonly code = "conflict";
}

/** Something that this service needs does not answer. */
export class UnavailableError extends ApplicationError {
  readonly status = 503;
  readonly code = "unavailable";
}

/** The settings in the environment can't be used. */
export class ConfigurationError extends ApplicationError {
  readonly status = 500;
  readonly code = "configuration";
}
