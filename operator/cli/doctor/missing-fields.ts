/** The part of a JSON schema that names fields. */
export interface FieldSchema {
  readonly properties?: Readonly<Record<string, FieldSchema>> | undefined;
  readonly items?: FieldSchema | undefined;
}

/** Paths of the fields that one schema has and the other lacks; of a field that is missing, not what is in it. */
export function missingFields(wanted: FieldSchema, present: FieldSchema, path: string): string[] {
  const inItems =
    wanted.items && present.items ? missingFields(wanted.items, present.items, `${path}[]`) : [];
  const { properties } = present;
  // A field without properties of its own takes any: the schema says no more about it.
  if (properties === undefined) return inItems;
  const inFields = Object.entries(wanted.properties ?? {}).flatMap(([name, field]) => {
    const other = Object.hasOwn(properties, name) ? properties[name] : undefined;
    return other === undefined ? [`${path}.${name}`] : missingFields(field, other, `${path}.${name}`);
  });
  return [...inFields, ...inItems];
}
