import { useState } from "preact/hooks";
import { api } from "../api/client";
import type { ParkedEvent } from "../api/models";
import { useAction } from "../parts/action";
import { announce } from "../parts/announcement";
import { Button } from "../parts/button";
import { Question } from "../parts/dialog";
import { ProblemNotice } from "../parts/problem-notice";
import { administrationWords } from "../words/administration";

interface ParkedActionsProps {
  event: ParkedEvent;
  onOpen: () => void;
  onChange: () => void;
}

/** What can be done with a parked event. One that waits behind another has nothing to be retried. */
export function ParkedActions({ event, onOpen, onChange }: ParkedActionsProps) {
  const [isAsked, setAsked] = useState(false);
  const { busy, problem, run } = useAction(async () => {
    await api.post("/parked/{parked_id}/retry", { path: { parked_id: event.id } });
    announce(administrationWords.released(event.group));
    onChange();
  });
  return (
    <>
      <div class="row-actions">
        <Button label={administrationWords.showOf(event.id)} onClick={onOpen}>{administrationWords.show}</Button>
        {event.state !== "waiting" && (
          <Button label={administrationWords.retryOf(event.id)} busy={busy} onClick={() => void run()}>
            {administrationWords.retry}
          </Button>
        )}
        <Button label={administrationWords.discardOf(event.id)} onClick={() => setAsked(true)}>
          {administrationWords.discard}
        </Button>
      </div>
      <ProblemNotice problem={problem} />
      {isAsked && <DiscardQuestion event={event} onChange={onChange} onClose={() => setAsked(false)} />}
    </>
  );
}

interface DiscardQuestionProps {
  event: ParkedEvent;
  onChange: () => void;
  onClose: () => void;
}

function DiscardQuestion({ event: { id, group }, onChange, onClose }: DiscardQuestionProps) {
  const { busy, problem, run } = useAction(async () => {
    await api.delete("/parked/{parked_id}", { path: { parked_id: id } });
    onClose();
    announce(administrationWords.discarded(group));
    onChange();
  });
  return (
    <Question
      title={administrationWords.discardAsked}
      confirm={administrationWords.discard}
      danger
      busy={busy}
      onConfirm={() => void run()}
      onCancel={onClose}
    >
      <p>{administrationWords.discardText(group)}</p>
      <p class="quiet breakable">{id}</p>
      <ProblemNotice problem={problem} />
    </Question>
  );
}
