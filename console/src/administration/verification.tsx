import { useState } from "preact/hooks";
import type { AuditVerification } from "../api/models";
import { useAction } from "../parts/action";
import { Button } from "../parts/button";
import { Notice } from "../parts/notice";
import { ProblemNotice } from "../parts/problem-notice";
import { administrationWords } from "../words/administration";
import { type Subject, verificationOf } from "./stories";

/** The check that nobody changed the events of a story, when it is asked for. */
export function Verification({ subject }: { subject: Subject }) {
  const [verified, setVerified] = useState<AuditVerification | null>(null);
  const { busy, problem, run } = useAction(async () => setVerified(await verificationOf(subject)));
  return (
    <>
      <div class="actions">
        <Button busy={busy} onClick={() => void run()}>{administrationWords.verify}</Button>
      </div>
      <ProblemNotice problem={problem} />
      {verified && <Outcome verified={verified} />}
    </>
  );
}

function Outcome({ verified: { intact, events, head, faults } }: { verified: AuditVerification }) {
  return (
    <Notice kind={intact ? "success" : "problem"}>
      <p>{intact ? administrationWords.intact(events) : administrationWords.notIntact}</p>
      <p class="quiet">
        {administrationWords.head} <code class="breakable">{head}</code>
      </p>
      {faults.length > 0 && (
        <ul>
          {faults.map((fault) => <li key={fault} class="breakable">{fault}</li>)}
        </ul>
      )}
    </Notice>
  );
}
