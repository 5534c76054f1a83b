-- operates --
-- Whether the caller administers the tenant that operates the platform.
SELECT mingchu_operates()

-- tenants --
-- The tenants, a page by id; none for others than administrators of the operating one.
SELECT * FROM mingchu_tenants(%(after)s, %(limit)s)

-- add_tenant --
-- Make a tenant with its first administrator and their link; no row for who may not.
SELECT * FROM mingchu_add_tenant(%(id)s, %(name)s, %(admin)s, %(login)s, %(admin_name)s, %(made_by)s, %(token_sha256)s, %(at)s,
                          %(until)s)

-- rename --
-- Rename a tenant.
SELECT * FROM mingchu_rename_tenant(%(id)s, %(name)s)

-- operate --
-- Let one tenant operate the platform, and no other.
UPDATE tenant SET operates = (id = %(id)s) WHERE operates <> (id = %(id)s)

-- known --
-- Whether there is a tenant.
SELECT EXISTS (SELECT FROM tenant WHERE id = %(id)s)
