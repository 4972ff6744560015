import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { renderCrd } from '../../hack/generate/crd.ts';
import { renderReference } from '../../hack/generate/reference.ts';
import { renderUnknownFieldsPolicy } from '../../hack/generate/unknown-fields-policy.ts';
import { reasons } from '../../operator/api/reasons.ts';

function committed(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

describe('generate', () => {
  it('has the committed CRD, policy and reference page for a result', () => {
    assert.equal(committed('crds/softprobe.ai_spagents.yaml'), renderCrd());
    assert.equal(committed('crds/unknown-fields-policy.yaml'), renderUnknownFieldsPolicy());
    assert.equal(committed('docs/reference.md'), renderReference());
  });

  it('documents every reason', () => {
    const page = renderReference();
    for (const reason of Object.keys(reasons)) assert.ok(page.includes(`| \`${reason}\` |`), reason);
  });
});
