declare global { namespace NodeJS { interface ProcessEnv { readonly PORT?: string } } }
declare module "*.svg" { const url: string; export default url; }
export {};
