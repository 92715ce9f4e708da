import type { ComponentType } from "preact";
import { lazy } from "./parts/lazy";
import type { Screen } from "./routes";
import { SignIn } from "./session/sign-in";
import { SignUp } from "./session/sign-up";
import { Missing } from "./shell/missing";

/** The component of each screen. A screen's code is a chunk of its own, asked for when it is first shown. */
export const SCREEN_COMPONENTS: Readonly<Record<Screen, ComponentType>> = {
  jobs: lazy(() => import("./jobs/jobs-screen")),
  job: lazy(() => import("./job/job-screen")),
  upload: lazy(() => import("./upload/upload-screen")),
  statistics: lazy(() => import("./statistics/statistics-screen")),
  account: lazy(() => import("./account/account-screen")),
  administration: lazy(() => import("./administration/administration-screen")),
  "sign-in": SignIn,
  "sign-up": SignUp,
  missing: Missing,
};
