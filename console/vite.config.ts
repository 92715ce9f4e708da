import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { env } from "node:process";
import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** Address of the API that `npm run dev` passes requests on to. */
const API = env.API ?? "http://127.0.0.1:8000";

/** Write `name.gz` beside each file: who serves the console compresses nothing. */
function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    async writeBundle({ dir = "" }) {
      const files = await readdir(dir, { recursive: true, withFileTypes: true });
      for (const file of files.filter((entry) => entry.isFile())) {
        const path = join(file.parentPath, file.name);
        const packed = await promisify(gzip)(await readFile(path), { level: constants.Z_BEST_COMPRESSION });
        await writeFile(`${path}.gz`, packed);
      }
    },
  };
}

/** Everything that the built page loads is a file of its own: its Content-Security-Policy allows nothing inline. */
export default defineConfig({
  base: "/console/",
  plugins: [compressed()],
  build: {
    target: "es2022",
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    license: { fileName: "licenses.md" },
    // The viewer's chunk is the size of its library, and asked for only where images are shown.
    chunkSizeWarningLimit: 4000,
  },
  server: {
    host: "127.0.0.1",
    proxy: { "^/(?!console/)": { target: API, ws: true } },
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}"],
  },
});
