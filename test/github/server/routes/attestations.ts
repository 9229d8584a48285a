import { created } from '../answer.ts'
import { type Routes, route } from '../call.ts'

export const attestationRoutes: Routes = {
  // GitHub looks into the bundle, too. Here that is for Sigstore's verifier in the test.
  'repos/create-attestation': route<'repos', 'createAttestation'>(
    ['attestations: write'],
    ({ world, repository }, { bundle }) => {
      const attestation = { id: world.nextId(), bundle }
      repository.attestations.push(attestation)
      return created({ id: attestation.id })
    },
  ),
}
