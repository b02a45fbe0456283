"""Who the child is and how to get to a venue, as sealed columns; keyed fingerprints for background jobs."""

import cms.encryption.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import services.models.history
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('services', '0006_deeper_walls'),
        ('encryption', '0001_keys'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ChildIdentity',
            fields=[
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('called_name', cms.encryption.fields.SealedField(blank=True, default='', label='childidentity.called_name', per_case=True)),
                ('birth_date', cms.encryption.fields.SealedField(blank=True, default='', label='childidentity.birth_date', per_case=True)),
                ('nik', cms.encryption.fields.SealedField(blank=True, default='', label='childidentity.nik', per_case=True)),
                ('contact_who', cms.encryption.fields.SealedField(blank=True, default='', label='childidentity.contact_who', per_case=True)),
                ('contact_channel', cms.encryption.fields.SealedField(blank=True, default='', label='childidentity.contact_channel', per_case=True)),
                ('contact_number', cms.encryption.fields.SealedField(blank=True, default='', label='childidentity.contact_number', per_case=True)),
                ('contact_when', cms.encryption.fields.SealedField(blank=True, default='', label='childidentity.contact_when', per_case=True)),
                ('contact_confirmed_on', models.DateField(blank=True, null=True)),
                ('separation', cms.encryption.fields.SealedField(blank=True, default='', label='childidentity.separation', per_case=True)),
                ('revision', models.PositiveIntegerField(default=1)),
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='identity', to='services.case', verbose_name='case')),
            ],
            options={
                'verbose_name': 'identity of the child',
                'verbose_name_plural': 'identities of children',
            },
        ),
        migrations.CreateModel(
            name='CaseReference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='recorded')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('kind', models.CharField(choices=[('simfoni', 'SIMFONI PPA'), ('police_report', 'police report'), ('cybertipline', 'CyberTipline report'), ('court_decision', 'court decision')], max_length=20, verbose_name='kind')),
                ('number', cms.encryption.fields.SealedField(blank=True, default='', label='casereference.number', per_case=True)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('asking', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='services.asking', verbose_name='interview ordered')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='services.case', verbose_name='case')),
            ],
            options={
                'verbose_name': 'reference',
                'verbose_name_plural': 'references',
                'ordering': ['-at'],
                'get_latest_by': 'at',
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='CaseReferenceFormer',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('changed_by', models.BigIntegerField(db_default=services.models.history.CurrentUser(), null=True)),
                ('id', models.BigIntegerField()),
                ('at', models.DateTimeField(verbose_name='recorded')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('kind', models.CharField(choices=[('simfoni', 'SIMFONI PPA'), ('police_report', 'police report'), ('cybertipline', 'CyberTipline report'), ('court_decision', 'court decision')], max_length=20, verbose_name='kind')),
                ('number', cms.encryption.fields.SealedField(blank=True, default='', label='casereference.number', per_case=True)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('asking', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='services.asking', verbose_name='interview ordered')),
                ('by', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('case', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='services.case', verbose_name='case')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='formers', to='services.casereference')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='IdentityIndex',
            fields=[
                ('identity', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='services.childidentity')),
                ('revision', models.PositiveIntegerField()),
                ('nik', models.CharField(blank=True, max_length=64)),
                ('name_and_birth', models.CharField(blank=True, max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='ChildIdentityFormer',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('changed_by', models.BigIntegerField(db_default=services.models.history.CurrentUser(), null=True)),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, serialize=False)),
                ('called_name', cms.encryption.fields.SealedField(blank=True, default='', label='childidentity.called_name', per_case=True)),
                ('birth_date', cms.encryption.fields.SealedField(blank=True, default='', label='childidentity.birth_date', per_case=True)),
                ('nik', cms.encryption.fields.SealedField(blank=True, default='', label='childidentity.nik', per_case=True)),
                ('contact_who', cms.encryption.fields.SealedField(blank=True, default='', label='childidentity.contact_who', per_case=True)),
                ('contact_channel', cms.encryption.fields.SealedField(blank=True, default='', label='childidentity.contact_channel', per_case=True)),
                ('contact_number', cms.encryption.fields.SealedField(blank=True, default='', label='childidentity.contact_number', per_case=True)),
                ('contact_when', cms.encryption.fields.SealedField(blank=True, default='', label='childidentity.contact_when', per_case=True)),
                ('contact_confirmed_on', models.DateField(blank=True, null=True)),
                ('separation', cms.encryption.fields.SealedField(blank=True, default='', label='childidentity.separation', per_case=True)),
                ('revision', models.PositiveIntegerField(default=1)),
                ('case', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='services.case', verbose_name='case')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='formers', to='services.childidentity')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='VenueDirections',
            fields=[
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('text', cms.encryption.fields.SealedField(blank=True, default='', label='venuedirections.text', per_case=False)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('venue', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='directions', to='services.venue')),
            ],
            options={
                'verbose_name': 'how to get there',
                'verbose_name_plural': 'how to get there',
            },
        ),
        migrations.AddConstraint(
            model_name='casereference',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('number', ''), ('number__regex', '^d1\\.[a-z0-9-]+\\.[A-Za-z0-9_=-]+$'), _connector='OR')), name='casereference_holds_sealed_text_only'),
        ),
        migrations.AddConstraint(
            model_name='casereference',
            constraint=models.CheckConstraint(condition=models.Q(('number', ''), _negated=True), name='casereference_has_a_number'),
        ),
        migrations.AddConstraint(
            model_name='casereference',
            constraint=models.CheckConstraint(condition=models.Q(('asking__isnull', True), ('kind', 'court_decision'), _connector='OR'), name='casereference_of_an_order_is_a_decision'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='casereference',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "services_casereferenceformer" ("asking_id", "at", "by_id", "case_id", "id", "kind", "number", "pgh_created_at", "pgh_label", "pgh_obj_id", "uuid", "withdrawn_at") VALUES (OLD."asking_id", OLD."at", OLD."by_id", OLD."case_id", OLD."id", OLD."kind", OLD."number", NOW(), \'changed\', OLD."id", OLD."uuid", OLD."withdrawn_at"); RETURN NULL;', hash='0db71ab2706cf6f4a4d3b13c70d536b3d313e8a6', operation='UPDATE', pgid='pgtrigger_changed_update_d30b2', table='services_casereference', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='casereference',
            trigger=pgtrigger.compiler.Trigger(name='deleted_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "services_casereferenceformer" ("asking_id", "at", "by_id", "case_id", "id", "kind", "number", "pgh_created_at", "pgh_label", "pgh_obj_id", "uuid", "withdrawn_at") VALUES (OLD."asking_id", OLD."at", OLD."by_id", OLD."case_id", OLD."id", OLD."kind", OLD."number", NOW(), \'deleted\', OLD."id", OLD."uuid", OLD."withdrawn_at"); RETURN NULL;', hash='849e7748f1081017bf0bbf14663aea4b8d58eba0', operation='DELETE', pgid='pgtrigger_deleted_delete_02ecd', table='services_casereference', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='identityindex',
            index=models.Index(condition=models.Q(('nik', ''), _negated=True), fields=['nik'], name='identityindex_by_nik'),
        ),
        migrations.AddIndex(
            model_name='identityindex',
            index=models.Index(condition=models.Q(('name_and_birth', ''), _negated=True), fields=['name_and_birth'], name='identityindex_by_name_birth'),
        ),
        migrations.AddConstraint(
            model_name='identityindex',
            constraint=models.CheckConstraint(condition=models.Q(('nik__regex', '^([0-9a-f]{64})?$'), ('name_and_birth__regex', '^([0-9a-f]{64})?$')), name='identityindex_holds_fingerprints_only'),
        ),
        migrations.AddConstraint(
            model_name='childidentity',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('called_name', ''), ('called_name__regex', '^d1\\.[a-z0-9-]+\\.[A-Za-z0-9_=-]+$'), _connector='OR'), models.Q(('birth_date', ''), ('birth_date__regex', '^d1\\.[a-z0-9-]+\\.[A-Za-z0-9_=-]+$'), _connector='OR'), models.Q(('nik', ''), ('nik__regex', '^d1\\.[a-z0-9-]+\\.[A-Za-z0-9_=-]+$'), _connector='OR'), models.Q(('contact_who', ''), ('contact_who__regex', '^d1\\.[a-z0-9-]+\\.[A-Za-z0-9_=-]+$'), _connector='OR'), models.Q(('contact_channel', ''), ('contact_channel__regex', '^d1\\.[a-z0-9-]+\\.[A-Za-z0-9_=-]+$'), _connector='OR'), models.Q(('contact_number', ''), ('contact_number__regex', '^d1\\.[a-z0-9-]+\\.[A-Za-z0-9_=-]+$'), _connector='OR'), models.Q(('contact_when', ''), ('contact_when__regex', '^d1\\.[a-z0-9-]+\\.[A-Za-z0-9_=-]+$'), _connector='OR'), models.Q(('separation', ''), ('separation__regex', '^d1\\.[a-z0-9-]+\\.[A-Za-z0-9_=-]+$'), _connector='OR')), name='childidentity_holds_sealed_text_only'),
        ),
        migrations.AddConstraint(
            model_name='childidentity',
            constraint=models.CheckConstraint(condition=models.Q(('contact_confirmed_on__isnull', True), models.Q(('contact_number', ''), _negated=True), _connector='OR'), name='childidentity_confirms_a_contact_that_is_there'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='childidentity',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "services_childidentityformer" ("birth_date", "called_name", "case_id", "contact_channel", "contact_confirmed_on", "contact_number", "contact_when", "contact_who", "nik", "pgh_created_at", "pgh_label", "pgh_obj_id", "revision", "separation", "uuid") VALUES (OLD."birth_date", OLD."called_name", OLD."case_id", OLD."contact_channel", OLD."contact_confirmed_on", OLD."contact_number", OLD."contact_when", OLD."contact_who", OLD."nik", NOW(), \'changed\', OLD."uuid", OLD."revision", OLD."separation", OLD."uuid"); RETURN NULL;', hash='5b9fb324310ad367c4a096f673b4c04272971703', operation='UPDATE', pgid='pgtrigger_changed_update_de459', table='services_childidentity', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='childidentity',
            trigger=pgtrigger.compiler.Trigger(name='deleted_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "services_childidentityformer" ("birth_date", "called_name", "case_id", "contact_channel", "contact_confirmed_on", "contact_number", "contact_when", "contact_who", "nik", "pgh_created_at", "pgh_label", "pgh_obj_id", "revision", "separation", "uuid") VALUES (OLD."birth_date", OLD."called_name", OLD."case_id", OLD."contact_channel", OLD."contact_confirmed_on", OLD."contact_number", OLD."contact_when", OLD."contact_who", OLD."nik", NOW(), \'deleted\', OLD."uuid", OLD."revision", OLD."separation", OLD."uuid"); RETURN NULL;', hash='bc78e6cdc22fd418931042f61a17f2498de913a0', operation='DELETE', pgid='pgtrigger_deleted_delete_30c91', table='services_childidentity', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='venuedirections',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('text', ''), ('text__regex', '^m1\\.[a-z0-9-]+\\.[A-Za-z0-9_=-]+$'), _connector='OR')), name='venuedirections_holds_sealed_text_only'),
        ),
        migrations.AddConstraint(
            model_name='venuedirections',
            constraint=models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='venuedirections_say_something'),
        ),
    ]
