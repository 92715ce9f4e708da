import type { ComponentType } from "preact";
import { Link } from "../parts/link";
import { Notice } from "../parts/notice";
import { Page } from "../parts/page";
import { route } from "../routes";
import { isAdministrator } from "../session/token";
import { StatisticsView } from "../statistics/statistics-view";
import { administrationWords } from "../words/administration";
import { shellWords } from "../words/shell";
import "./administration.css";
import { AuditSection } from "./audit-section";
import { HealthSection } from "./health-section";
import { ParkedSection } from "./parked-section";
import { SECTIONS, type Section, sectionOf } from "./sections";
import { UsersSection } from "./users-section";

const COMPONENTS: Readonly<Record<Section, ComponentType>> = {
  users: UsersSection,
  statistics: () => <StatisticsView scope="system" />,
  audit: AuditSection,
  parked: ParkedSection,
  health: HealthSection,
};

/** What administrators see. Others read that it is not for them, and nothing is asked. */
export default function AdministrationScreen() {
  const section = sectionOf(route.value.path);
  if (!isAdministrator.value) {
    return (
      <Page title={administrationWords.title}>
        <Notice>{administrationWords.onlyAdministrators}</Notice>
      </Page>
    );
  }
  return (
    <Page title={administrationWords.title}>
      <Sections current={section} />
      {section === null ? <Notice>{shellWords.missing}</Notice> : <Shown section={section} />}
    </Page>
  );
}

function Shown({ section }: { section: Section }) {
  const Component = COMPONENTS[section];
  return (
    <div class="administration">
      <h2>{administrationWords.sections[section]}</h2>
      <Component />
    </div>
  );
}

/** The links to the parts of the screen. */
function Sections({ current }: { current: Section | null }) {
  return (
    <nav class="sections" aria-label={administrationWords.title}>
      <ul>
        {SECTIONS.map((section) => (
          <li key={section}>
            <Link to="administration" path={[section]} current={section === current}>
              {administrationWords.sections[section]}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
