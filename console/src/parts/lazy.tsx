import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { shellWords } from "../words/shell";
import { Button } from "./button";
import { Notice } from "./notice";
import { Loading } from "./progress";

type Module<P> = { default: ComponentType<P> };

/** Return a component whose code is asked for when it is first drawn; it may fail to come, after a new release say. */
export function lazy<P extends object = object>(load: () => Promise<Module<P>>): ComponentType<P> {
  let code: Promise<Module<P>> | null = null;
  return function Lazy(props: P) {
    const [module, setModule] = useState<Module<P> | "missing" | null>(null);
    useEffect(() => {
      code ??= load();
      code.then(setModule, () => {
        code = null;
        setModule("missing");
      });
    }, []);
    if (module === "missing") {
      return <NotLoaded />;
    }
    return module === null ? <Loading /> : <module.default {...props} />;
  };
}

function NotLoaded() {
  const again = <Button onClick={() => location.reload()}>{shellWords.reload}</Button>;
  return <Notice kind="problem" actions={again}>{shellWords.notLoaded}</Notice>;
}
