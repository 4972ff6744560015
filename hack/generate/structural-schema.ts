import { z } from 'zod';

/** The part of OpenAPI v3 that a CustomResourceDefinition may use. */
export interface StructuralSchema {
  type?: string;
  format?: string;
  description?: string;
  default?: unknown;
  enum?: readonly string[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  maxItems?: number;
  required?: readonly string[];
  properties?: Record<string, StructuralSchema>;
  additionalProperties?: StructuralSchema;
  items?: StructuralSchema;
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-validations'?: readonly { rule: string; message: string }[];
}

/** zod → structural schema (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema). */
export function structuralSchema(schema: z.ZodType): StructuralSchema {
  // `input`: what a user may leave out is not required.
  return withoutSafeIntegerBounds(
    z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input' }),
  ) as StructuralSchema;
}

/** zod bounds every integer by what JavaScript can count; that says nothing about a field. */
function withoutSafeIntegerBounds(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSafeIntegerBounds);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, part]) => part !== Number.MAX_SAFE_INTEGER && part !== Number.MIN_SAFE_INTEGER)
      .map(([key, part]) => [key, withoutSafeIntegerBounds(part)]),
  );
}

/** Lets the API server keep fields that the schema does not have: who reads the object can then say that they are wrong. */
export function keepUnknownFields(schema: StructuralSchema): StructuralSchema {
  const { properties, items } = schema;
  return {
    ...schema,
    ...(items === undefined ? {} : { items: keepUnknownFields(items) }),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, field]) => [name, keepUnknownFields(field)]),
          ),
          'x-kubernetes-preserve-unknown-fields': true,
        }),
  };
}
