// All routes below /api/v1, a line per resource.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { alertRoutes } from './routes/alert-routes.ts';
import { alertStatsRoutes } from './routes/alert-stats-routes.ts';
import { bindingRoutes } from './routes/binding-routes.ts';
import { deviceRoutes } from './routes/device-routes.ts';
import { grantRoutes } from './routes/grant-routes.ts';
import { handoverRoutes } from './routes/handover-routes.ts';
import { incidentRoutes } from './routes/incident-routes.ts';
import { liveRoutes } from './routes/live-routes.ts';
import { memberRoutes } from './routes/member-routes.ts';
import { metricsRoutes } from './routes/metrics-routes.ts';
import { organisationRoutes } from './routes/organisation-routes.ts';
import { ownContactRoutes } from './routes/own-contact-routes.ts';
import { patientContactRoutes } from './routes/patient-contact-routes.ts';
import { patientRoutes } from './routes/patient-routes.ts';
import { planRoutes } from './routes/plan-routes.ts';
import { pressureRoutes } from './routes/pressure-routes.ts';
import { pushKeyRoutes } from './routes/push-key-routes.ts';
import { readingRoutes } from './routes/reading-routes.ts';
import { rejectionRoutes } from './routes/rejection-routes.ts';
import { responsibilityRoutes } from './routes/responsibility-routes.ts';
import { routeTestRoutes } from './routes/route-test-routes.ts';
import { ruleRoutes } from './routes/rule-routes.ts';
import { scheduleRoutes } from './routes/schedule-routes.ts';
import { sessionRoutes } from './routes/session-routes.ts';
import { smbgRoutes } from './routes/smbg-routes.ts';
import { symptomRoutes } from './routes/symptom-routes.ts';
import { targetRoutes } from './routes/target-routes.ts';
import { teamAlertingRoutes } from './routes/team-alerting-routes.ts';
import { teamRoutes } from './routes/team-routes.ts';
import { testAlertRoutes } from './routes/test-alert-routes.ts';
import { tokenRoutes } from './routes/token-routes.ts';
import { treatmentRoutes } from './routes/treatment-routes.ts';
import { userRoutes } from './routes/user-routes.ts';
import { verdictRoutes } from './routes/verdict-routes.ts';
import { visitRoutes } from './routes/visit-routes.ts';
import type { DashboardsServices } from './services.ts';

/** A file of routes: every route has a schema and says in `config.access` who may call it. */
export type ApiRoutes = (services: DashboardsServices) => FastifyPluginAsyncTypebox;

export const API_ROUTES: readonly ApiRoutes[] = [
  sessionRoutes,
  userRoutes,
  tokenRoutes,
  ownContactRoutes,
  pushKeyRoutes,
  grantRoutes,
  organisationRoutes,
  teamRoutes,
  memberRoutes,
  scheduleRoutes,
  handoverRoutes,
  incidentRoutes,
  alertStatsRoutes,
  teamAlertingRoutes,
  routeTestRoutes,
  targetRoutes,
  patientRoutes,
  patientContactRoutes,
  treatmentRoutes,
  planRoutes,
  visitRoutes,
  symptomRoutes,
  responsibilityRoutes,
  deviceRoutes,
  bindingRoutes,
  readingRoutes,
  metricsRoutes,
  smbgRoutes,
  pressureRoutes,
  ruleRoutes,
  verdictRoutes,
  alertRoutes,
  testAlertRoutes,
  rejectionRoutes,
  liveRoutes,
];
