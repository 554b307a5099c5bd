/** Who a command calls as: whoever may start it on this machine may do what an administrator may. */
export const operator = { user: { id: "operator", username: "operator", plan: "premium", role: "admin", country: "ZZ" } } as const;
