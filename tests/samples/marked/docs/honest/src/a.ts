import { z } from "zod";
/** What an order looks like. */
export const orderSchema = z.object({ id: z.string(), total: z.number().transform((n) => n * 2).refine((n) => n > 0) });
export type Order = z.infer<typeof orderSchema>;
export enum Kind { A, B }
export const LIMIT = 5;

/**
 * Routes of orders.
 *
 * @param service - What keeps them.
 * @returns The router.
 */
export function orders(service: { all(): string[] }): Router {
  const router = Router();
  router.get("/", (_req, res) => { res.json(service.all()); });
  router.post("/", async (req, res, next) => {
    try { res.json(await service.all()); } catch (error) { next(error); }
  });
  return router;
}
export const router = Router();
router.get("/x", (req: Request, res: Response): void => { res.end(); });
export default router;
