package opencode.nexus.tunnel;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** What depends on the machine. What the owner says of the tunnel itself is kept as a whole, see {@link ConfigFile}. */
@ObjectClassDefinition(name = "Nexus: tunnel")
public @interface TunnelSettings {

    @AttributeDefinition(
            description = "Program to run: a path, or a name that is looked up on the PATH",
            min = "1",
            max = "4096")
    String command() default "cloudflared";
}
