import { expect, test } from "vitest";
import { go, href, parse, route, SCREENS } from "./routes";

test("an empty address is the list of jobs", () => {
  expect(parse("")).toEqual({ screen: "jobs", path: [], query: {} });
  expect(parse("#/").screen).toBe("jobs");
});

test("a job's address names the job", () => {
  expect(parse("#/jobs/550e8400?plane=axial")).toEqual({ screen: "job", path: ["550e8400"], query: { plane: "axial" } });
});

test("the address of every screen leads to it", () => {
  for (const screen of SCREENS) {
    const path = screen === "job" ? ["550e8400"] : [];
    expect(parse(href(screen, path))).toEqual({ screen, path, query: {} });
  }
});

test("a path and a query come back as they were, whatever they hold", () => {
  const [path, query] = [["a/b %?#"], { search: "ё & =?#" }];
  expect(parse(href("administration", path, query))).toEqual({ screen: "administration", path, query });
});

test("an address that names nothing is missing, and one that can't be read as well", () => {
  expect(parse("#/nothing").screen).toBe("missing");
  expect(parse("#/%ff").screen).toBe("missing");
  expect(parse("#/jobs/1/2").screen).toBe("missing");
});

test("going somewhere changes the address and the route", () => {
  go("statistics");
  expect(location.hash).toBe("#/statistics");
  expect(route.value.screen).toBe("statistics");
});

test("going back leads to where one was", async () => {
  location.hash = "#/account";
  dispatchEvent(new Event("hashchange"));
  expect(route.value.screen).toBe("account");
});
