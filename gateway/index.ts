/** What other folders may see of the gateway. */
export { schemaActions } from "./http/described.ts";
export { httpService, type GatewayOptions } from "./http/http.service.ts";
export { openApiDocument, type DescribedAction, type DescribedPath } from "./http/openapi.ts";
export { ownPaths } from "./http/own-paths.ts";
export { routes, type Route } from "./http/routes.ts";
