/** What other folders may see of the gateway. */
export { httpService, type GatewayOptions } from "./http/http.service.ts";
export { routes, type Route } from "./http/routes.ts";
