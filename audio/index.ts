/** The audio format: manifest, Ogg and FLAC chunks, whole files. Pure, and safe in a browser: no Node modules. */
export * from "./manifest.ts";
