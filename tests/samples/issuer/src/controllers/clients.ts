import type { Request, Response } from "express";
import type { ClientService } from "../services/clients.js";
import { clientName, fields } from "../validation.js";

/** Answers what concerns clients. */
export class ClientController {
  /**
   * Answer for a service.
   *
   * @param clients - The service.
   */
  constructor(private readonly clients: ClientService) {}

  /**
   * `POST /clients`
   *
   * @param request - Has the name.
   * @param response - Gets the client with its secret.
   */
  async register(request: Request, response: Response): Promise<void> {
    const name = clientName(fields(request.body, ["name"]).name);
    response.status(201).json(await this.clients.register(name));
  }

  /**
   * `GET /health`
   *
   * @param _request - Has nothing.
   * @param response - Gets `ok`.
   */
  async health(_request: Request, response: Response): Promise<void> {
    await this.clients.check();
    response.json({ status: "ok" });
  }
}
