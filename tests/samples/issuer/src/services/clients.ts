import { randomUUID } from "node:crypto";
import { ConflictError, UnavailableError } from "../errors.js";
import type { ClientRepository } from "../repositories/clients.js";
import { fresh, hash } from "./secrets.js";

/** A client as it learns of itself, once. */
export interface Registration {
  readonly id: string;
  readonly name: string;
  readonly secret: string;
}

/** Registers clients. */
export class ClientService {
  /**
   * Work with clients.
   *
   * @param clients - Where they are kept.
   */
  constructor(private readonly clients: ClientRepository) {}

  /**
   * Register a client.
   *
   * @param name - Its name.
   * @returns The client with its secret.
   * @throws {ConflictError} Where the name is taken.
   */
  async register(name: string): Promise<Registration> {
    const registration = { id: randomUUID(), name, secret: fresh() };
    const added = await this.clients.add({ id: registration.id, name, secretHash: hash(registration.secret) });
    if (!added) {
      throw new ConflictError("the name is taken");
    }
    return registration;
  }

  /**
   * Ask whether clients can be served.
   *
   * @returns Once they can.
   * @throws {UnavailableError} Where the database does not answer.
   */
  async check(): Promise<void> {
    try {
      await this.clients.check();
    } catch (error) {
      throw new UnavailableError("the database does not answer", { cause: error });
    }
  }
}
