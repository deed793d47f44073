import type { Request, Response } from "express";
import { LIFETIME, type TokenService } from "../services/tokens.js";
import { fields, identifier, secret } from "../validation.js";

/** Answers what concerns tokens. */
export class TokenController {
  /**
   * Answer for a service.
   *
   * @param tokens - The service.
   */
  constructor(private readonly tokens: TokenService) {}

  /**
   * `POST /tokens`
   *
   * @param request - Has the client's identifier and secret.
   * @param response - Gets the token.
   */
  async issue(request: Request, response: Response): Promise<void> {
    const body = fields(request.body, ["client_id", "client_secret"]);
    const token = await this.tokens.issue(identifier(body.client_id, "client_id"), secret(body.client_secret));
    response.json({ access_token: token, token_type: "Bearer", expires_in: LIFETIME });
  }
}
