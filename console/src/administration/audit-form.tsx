import { useEffect, useState } from "preact/hooks";
import { Button } from "../parts/button";
import { Field } from "../parts/field";
import { Form } from "../parts/form";
import { Select } from "../parts/select";
import { administrationWords } from "../words/administration";
import { problemWords } from "../words/problems";
import { asOf, type storyErrors } from "./as-of";
import { KINDS, type Subject } from "./stories";

interface AuditFormProps {
  subject: Subject;
  /** What the API says against the subject. */
  errors: ReturnType<typeof storyErrors>;
  onAsk: (subject: Subject) => void;
}

/** Whose story, and until when. */
export function AuditForm({ subject, errors: refused, onAsk }: AuditFormProps) {
  const [kind, setKind] = useState(subject.kind);
  const [reference, setReference] = useState(subject.reference);
  const [until, setUntil] = useState(subject.asOf);
  const [errors, setErrors] = useState<AuditFormProps["errors"]>({});
  useEffect(() => {
    setKind(subject.kind);
    setReference(subject.reference);
    setUntil(subject.asOf);
  }, [JSON.stringify(subject)]);
  const submit = () => {
    const [id, point] = [reference.trim(), asOf(until)];
    const found = {
      ...(id === "" && { reference: problemWords.required }),
      ...(point === null && { asOf: administrationWords.noPointInTime }),
    };
    setErrors(found);
    if (id !== "" && point !== null) {
      onAsk({ kind, reference: id, asOf: point });
    }
  };
  const shown = { ...refused, ...errors };
  const kinds = KINDS.map((value) => ({ value, label: administrationWords.kinds[value] }));
  return (
    <Form onSubmit={submit}>
      <div class="audit-fields">
        <Select label={administrationWords.kind} value={kind} options={kinds} onChange={setKind} />
        <Field
          label={administrationWords.reference}
          name="reference"
          hint={administrationWords.referenceHint}
          value={reference}
          onInput={setReference}
          error={shown.reference}
          required
        />
        <Field
          label={administrationWords.asOf}
          name="as_of"
          hint={administrationWords.asOfHint}
          value={until}
          onInput={setUntil}
          error={shown.asOf}
        />
      </div>
      <div class="actions">
        <Button type="submit" kind="primary">{administrationWords.show}</Button>
      </div>
    </Form>
  );
}
