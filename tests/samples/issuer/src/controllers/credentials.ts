import type { Request, Response } from "express";
import { InvalidRequestError, NotFoundError } from "../errors.js";
import type { Credential } from "../repositories/credentials.js";
import type { CredentialService } from "../services/credentials.js";
import type { TokenService } from "../services/tokens.js";
import { fields, identifier, limit, subject } from "../validation.js";

/**
 * Write a credential as the specification has it.
 *
 * @param credential - The credential.
 * @returns What is sent as JSON.
 */
function shown(credential: Credential): Record<string, string> {
  return { id: credential.id, subject: credential.subject, issued_at: credential.issuedAt.toISOString() };
}

/**
 * Read the identifier in a path.
 *
 * @param request - Has it.
 * @returns The identifier.
 * @throws {NotFoundError} Where it can't be one, so that nothing has it.
 */
function named(request: Request): string {
  try {
    return identifier(request.params.id, "id");
  } catch (error) {
    if (error instanceof InvalidRequestError) {
      throw new NotFoundError("there is no such credential", { cause: error });
    }
    throw error;
  }
}

/** Answers what concerns credentials, to who has a token. */
export class CredentialController {
  /**
   * Answer for the services.
   *
   * @param credentials - Issues credentials.
   * @param tokens - Says who asks.
   */
  constructor(
    private readonly credentials: CredentialService,
    private readonly tokens: TokenService,
  ) {}

  /**
   * `POST /credentials`
   *
   * @param request - Has the subject.
   * @param response - Gets the credential.
   */
  async issue(request: Request, response: Response): Promise<void> {
    const client = await this.tokens.authenticate(request.get("authorization"));
    const credential = await this.credentials.issue(client, subject(fields(request.body, ["subject"]).subject));
    response.status(201).json(shown(credential));
  }

  /**
   * `GET /credentials`
   *
   * @param request - May have a limit.
   * @param response - Gets the newest credentials.
   */
  async list(request: Request, response: Response): Promise<void> {
    const client = await this.tokens.authenticate(request.get("authorization"));
    const found = await this.credentials.list(client, limit(request.query.limit));
    response.json({ credentials: found.map(shown) });
  }

  /**
   * `GET /credentials/{id}`
   *
   * @param request - Has the identifier.
   * @param response - Gets the credential.
   */
  async find(request: Request, response: Response): Promise<void> {
    const client = await this.tokens.authenticate(request.get("authorization"));
    response.json(shown(await this.credentials.find(client, named(request))));
  }

  /**
   * `DELETE /credentials/{id}`
   *
   * @param request - Has the identifier.
   * @param response - Gets nothing more.
   */
  async revoke(request: Request, response: Response): Promise<void> {
    const client = await this.tokens.authenticate(request.get("authorization"));
    await this.credentials.revoke(client, named(request));
    response.status(204).end();
  }
}
