/** For the catalog's tests: a search service that remembers what it is told, and is away on demand, which the real one cannot show. */
import type { ServiceSchema } from "moleculer";
import type { SearchDocument } from "../../storage/index.ts";

export function rememberingSearch(): { readonly schema: ServiceSchema; readonly documents: Map<string, SearchDocument>; failing: boolean } {
  const documents = new Map<string, SearchDocument>();
  const search = {
    documents,
    failing: false,
    schema: {
      name: "search",
      actions: {
        put(ctx: { params: { documents: SearchDocument[] } }) {
          if (search.failing) throw new Error("the search engine is away");
          for (const document of ctx.params.documents) documents.set(`${document.type} ${document.id}`, document);
        },
        delete(ctx: { params: { keys: { type: string; id: string }[] } }) {
          if (search.failing) throw new Error("the search engine is away");
          for (const { type, id } of ctx.params.keys) documents.delete(`${type} ${id}`);
        },
      },
    } as unknown as ServiceSchema,
  };
  return search;
}
