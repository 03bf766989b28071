package opencode.nexus.web;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** The application at Cloudflare Access that stands before the public address, see {@link CloudflareAccess}. */
@ObjectClassDefinition(name = "Nexus: Cloudflare Access")
public @interface AccessSettings {

    @AttributeDefinition(
            description = "Name of your team at Cloudflare, as in NAME.cloudflareaccess.com. With it, whoever comes"
                    + " through the tunnel has to come through Cloudflare Access; empty when you do not use it",
            max = "100")
    String team() default "";

    @AttributeDefinition(
            description = "Application Audience (AUD) Tag of the application at Cloudflare Access, 64 characters."
                    + " Wanted together with the team",
            max = "100")
    String audience() default "";
}
