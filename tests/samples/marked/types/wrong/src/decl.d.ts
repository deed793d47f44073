export declare function price(id: string): any;/*!*/
declare module "vendor" { const v: any; export default v; }/*!*/
declare module "vendor2";/*!*/
