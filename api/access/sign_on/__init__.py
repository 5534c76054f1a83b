"""Sign-on by an identity provider: OpenID Connect, WeCom (企业微信) and DingTalk (钉钉), behind one door."""
