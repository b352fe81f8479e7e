// What each route says about who may call it, as data in its `config`; and what a request knows once that was checked.
import type { FastifyRequest } from 'fastify';
import type { Access } from '../storage/registry/access.ts';
import type { DeviceRef, PatientRef } from '../storage/registry/find-in-scope.ts';
import type { Permission } from '../storage/registry/role-permissions.ts';

/**
 * `public`: anybody · `signed_in`: who has signed in, about themselves or what everybody may know · else a permission, held over
 * what the path names (`:patientId`, `:teamId`, `:organisationId`, `:deviceId`), over the whole installation, or, for lists that are
 * cut to the caller's scope and for bodies that name the place, over anything at all.
 */
export type RouteAccess =
  | 'public'
  | 'signed_in'
  | {
      readonly permission: Permission;
      readonly over: 'patient' | 'team' | 'organisation' | 'device' | 'installation' | 'anything';
      /** What of a patient's data the route shows: one audit row per user, patient, kind and hour. */
      readonly opens?: string | undefined;
    };

export interface SignedIn {
  readonly userId: string;
  readonly username: string;
  readonly tokenId: string;
  readonly access: Access;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: RouteAccess;
  }
  interface FastifyRequest {
    signedIn: SignedIn | undefined;
    patient: PatientRef | undefined;
    device: DeviceRef | undefined;
    /** The row that says this request is being carried out. */
    auditId: number | undefined;
  }
}

/** Who calls; only for routes that aren't public. */
export const callerOf = (request: FastifyRequest): SignedIn => present(request.signedIn);
/** The patient of the path; only for routes over a patient. */
export const patientOf = (request: FastifyRequest): PatientRef => present(request.patient);
/** The device of the path; only for routes over a device. */
export const deviceOf = (request: FastifyRequest): DeviceRef => present(request.device);

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('this route’s access does not provide what its handler asks for');
  return value;
}
