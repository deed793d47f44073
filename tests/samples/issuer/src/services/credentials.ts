import { randomUUID } from "node:crypto";
import { ConflictError, NotFoundError } from "../errors.js";
import type { Credential, CredentialRepository } from "../repositories/credentials.js";

/** Issues credentials and takes them back. */
export class CredentialService {
  /**
   * Work with credentials.
   *
   * @param credentials - Where they are kept.
   */
  constructor(private readonly credentials: CredentialRepository) {}

  /**
   * Issue a credential.
   *
   * @param clientId - The client that asks.
   * @param subject - Whom it is for.
   * @returns The credential.
   * @throws {ConflictError} Where the subject has one that counts.
   */
  async issue(clientId: string, subject: string): Promise<Credential> {
    const credential = { id: randomUUID(), subject, issuedAt: new Date() };
    if (!(await this.credentials.add(clientId, credential))) {
      throw new ConflictError("the subject has a credential already");
    }
    return credential;
  }

  /**
   * List a client's credentials.
   *
   * @param clientId - The client that asks.
   * @param limit - How many at most.
   * @returns The newest first.
   */
  async list(clientId: string, limit: number): Promise<readonly Credential[]> {
    return this.credentials.list(clientId, limit);
  }

  /**
   * Find one of a client's credentials.
   *
   * @param clientId - The client that asks.
   * @param id - The credential's identifier.
   * @returns The credential.
   * @throws {NotFoundError} Where the client has no such credential.
   */
  async find(clientId: string, id: string): Promise<Credential> {
    const credential = await this.credentials.find(clientId, id);
    if (!credential) {
      throw new NotFoundError("there is no such credential");
    }
    return credential;
  }

  /**
   * Take a credential back.
   *
   * @param clientId - The client that asks.
   * @param id - The credential's identifier.
   * @throws {NotFoundError} Where the client has no such credential.
   */
  async revoke(clientId: string, id: string): Promise<void> {
    if (!(await this.credentials.revoke(clientId, id))) {
      throw new NotFoundError("there is no such credential");
    }
  }
}
