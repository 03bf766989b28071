package opencode.nexus.opencode;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.AttributeType;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** What the owner may set. {@code --opencode} and {@code --workspace} of the launcher win over it. */
@ObjectClassDefinition(name = "Nexus: OpenCode")
public @interface ServerConfig {

    @AttributeDefinition(
            description = "Program to run: a path, or a name that is looked up on the PATH",
            min = "1",
            max = "4096")
    String command() default "opencode";

    @AttributeDefinition(description = "Directories OpenCode may work in; the first is the default", max = "4096")
    String[] workspaces() default {};

    @AttributeDefinition(description = "Start OpenCode together with Nexus")
    boolean autoStart() default true;

    @AttributeDefinition(description = "Local port of OpenCode; 0 takes one that is free", min = "0", max = "65535")
    int port() default 0;

    @AttributeDefinition(
            description = "More arguments for opencode serve, one each; for instance --log-level, DEBUG",
            max = "1000")
    String[] extra() default {};

    @AttributeDefinition(
            description = "Variables for OpenCode, one each; for instance HTTPS_PROXY=http://proxy:3128",
            type = AttributeType.PASSWORD)
    String[] environment() default {};

    @AttributeDefinition(
            description =
                    "Address of an OpenCode that somebody else runs, for instance http://127.0.0.1:4096; empty to run one")
    String url() default "";

    @AttributeDefinition(description = "User name that the OpenCode of somebody else wants to hear")
    String username() default "opencode";

    @AttributeDefinition(
            description = "Password that the OpenCode of somebody else wants to hear",
            type = AttributeType.PASSWORD)
    String password() default "";
}
