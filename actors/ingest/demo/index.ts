export async function makeDemoLibrary(dir: string, onProgress: (message: string) => void = () => {}): Promise<void> { onProgress(dir); }
